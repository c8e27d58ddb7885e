/** Reads Prometheus' text format: enough of it for what the daemon writes. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export function parseMetrics(text: string): Sample[] {
  const out: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const m = LINE.exec(line);
    if (!m) continue;
    const labels: Record<string, string> = {};
    for (const [, k, v] of (m[2] ?? '').matchAll(LABEL)) labels[k!] = v!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
    out.push({ name: m[1]!, labels, value: m[3] === '+Inf' ? Infinity : Number(m[3]) });
  }
  return out;
}

export interface Bucket {
  le: number;
  count: number;
}

/** The quantile of a cumulative histogram, linear within a bucket; undefined without observations. */
export function quantile(buckets: readonly Bucket[], q: number): number | undefined {
  const sorted = [...buckets].sort((a, b) => a.le - b.le);
  const total = sorted.at(-1)?.count ?? 0;
  if (total === 0) return undefined;
  let lower = 0;
  let before = 0;
  for (const b of sorted) {
    if (b.count >= q * total) {
      if (!Number.isFinite(b.le)) return lower;
      const within = b.count - before;
      return within > 0 ? lower + ((q * total - before) / within) * (b.le - lower) : b.le;
    }
    lower = b.le;
    before = b.count;
  }
  return lower;
}
