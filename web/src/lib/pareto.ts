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
