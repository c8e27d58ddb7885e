import { lang, t } from '../i18n';
import { number } from '../lib/format';
import { quantile, type Sample } from '../lib/prometheus';

export interface MethodRow {
  method: string;
  count: number;
  errors: number;
  p50: number | undefined; // seconds
  p99: number | undefined;
}

/** A row for each method that was called, the most called first. */
export function methodRows(samples: readonly Sample[]): MethodRow[] {
  const rows = new Map<string, { count: number; errors: number; buckets: { le: number; count: number }[] }>();
  const row = (m: string) => {
    const have = rows.get(m) ?? { count: 0, errors: 0, buckets: [] };
    rows.set(m, have);
    return have;
  };
  for (const s of samples) {
    const m = s.labels['method'];
    if (m === undefined) continue;
    if (s.name === 'zongheng_requests_total') {
      row(m).count += s.value;
      if (s.labels['code'] !== 'OK' && s.labels['code'] !== 'ok') row(m).errors += s.value;
    } else if (s.name === 'zongheng_request_seconds_bucket') {
      const le = s.labels['le'] ?? '';
      row(m).buckets.push({ le: le === '+Inf' ? Infinity : Number(le), count: s.value });
    }
  }
  return [...rows]
    .filter(([, r]) => r.count > 0)
    .map(([method, r]) => ({ method: method.replace('zongheng.v1.', ''), count: r.count, errors: r.errors, p50: quantile(r.buckets, 0.5), p99: quantile(r.buckets, 0.99) }))
    .sort((a, b) => b.count - a.count);
}

const ms = (s: number | undefined): string => (s === undefined ? '–' : s < 0.001 ? `${number(s * 1e6, lang.value)} µs` : s < 1 ? `${number(s * 1000, lang.value, s < 0.01 ? 2 : 0)} ms` : `${number(s, lang.value, 2)} s`);

export function Methods({ samples }: { samples: readonly Sample[] }) {
  const rows = methodRows(samples);
  const l = lang.value;
  return (
    <>
      <h2>{t('o.methods')}</h2>
      {rows.length === 0 ? (
        <p class="hint">{t('o.metrics.none')}</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={t('o.methods')}>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t('o.method')}</th>
                {(['o.count', 'o.errors', 'o.p50', 'o.p99'] as const).map((k) => <th key={k} scope="col" class="num">{t(k)}</th>)}
              </tr>
            </thead>
            <tbody>
              {rows.map((r) => (
                <tr key={r.method}>
                  <th scope="row">{r.method}</th>
                  <td class="num">{number(r.count, l)}</td>
                  <td class={r.errors > 0 ? 'num tight' : 'num'}>{number(r.errors, l)}</td>
                  <td class="num">{ms(r.p50)}</td>
                  <td class="num">{ms(r.p99)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {samples.length > 0 && (
        <details class="raw">
          <summary>{t('o.raw')}</summary>
          <table class="plain">
            <tbody>
              {samples.filter((s) => !('le' in s.labels) && !('method' in s.labels)).map((s, i) => (
                <tr key={i}>
                  <td>{s.name.replace('zongheng_', '')} <span class="hint">{Object.values(s.labels).join(' ').slice(0, 60)}</span></td>
                  <td class="num">{number(s.value, l, 3)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}
