/** Which of the points no other beats in every way: smaller is better in each number. */
export function paretoFront(points: readonly (readonly number[])[]): boolean[] {
  const beats = (a: readonly number[], b: readonly number[]): boolean => {
    let better = false;
    for (let i = 0; i < a.length; i++) {
      const x = a[i] as number;
      const y = b[i] as number;
      if (x > y) return false;
      better ||= x < y;
    }
    return better;
  };
  return points.map((p, i) => !points.some((q, k) => k !== i && beats(q, p)));
}

/**
 * Moves points that lie on each other apart until no two are nearer than `apart`, or the rounds are used up, within the
 * box; those that stand alone stay. Equal points part by their order, so that the same points always give the same picture.
 */
export function spread(points: readonly (readonly [number, number])[], apart: number, box: { left: number; right: number; top: number; bottom: number }): [number, number][] {
  const ROUNDS = 60;
  const out = points.map(([x, y]): [number, number] => [x, y]);
  for (let round = 0, moved = true; moved && round < ROUNDS; round++) {
    moved = false;
    for (let i = 0; i < out.length; i++)
      for (let k = i + 1; k < out.length; k++) {
        const [a, b] = [out[i]!, out[k]!];
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        const d = Math.hypot(dx, dy);
        if (d >= apart - 0.01) continue;
        moved = true;
        const [ux, uy] = d > 0.5 ? [dx / d, dy / d] : [Math.cos(k), Math.sin(k)];
        const push = (apart - d) / 2;
        for (const [p, sign] of [[a, -1], [b, 1]] as const) {
          p[0] = Math.min(box.right, Math.max(box.left, p[0] + sign * ux * push));
          p[1] = Math.min(box.bottom, Math.max(box.top, p[1] + sign * uy * push));
        }
      }
  }
  return out;
}

export interface Scale {
  (v: number): number;
  ticks: number[];
  step: number; // between ticks
  low: number;
  high: number;
}

/** Steps between ticks of time, in seconds. */
export const TIME_STEPS = [300, 900, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 5 * 86400, 10 * 86400];

/** A linear scale with round ticks that covers the values and maps them onto [from, to]. */
export function linearScale(values: readonly number[], from: number, to: number, count: number, steps?: readonly number[]): Scale {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (!(high > low)) {
    low -= Math.abs(low) * 0.05 || 1;
    high += Math.abs(high) * 0.05 || 1;
  }
  const pad = (high - low) * 0.08;
  low -= pad;
  high += pad;
  const step = steps ? (steps.find((s) => (high - low) / s <= count) ?? niceStep((high - low) / count)) : niceStep((high - low) / count);
  const ticks: number[] = [];
  for (let t = Math.ceil(low / step) * step; t <= high; t += step) ticks.push(t);
  const scale = ((v: number) => from + ((v - low) / (high - low)) * (to - from)) as Scale;
  return Object.assign(scale, { ticks, step, low, high });
}

/** The smallest of 1, 2, 5 x 10^n that is at least this large. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const part = rough / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}
