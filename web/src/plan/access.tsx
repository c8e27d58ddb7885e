import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { AccessRow, CompareReply, GetAccessibilityReply } from '@gen/planning_pb';
import { explainError, planning } from '../api/client';
import { code, lang, named, t } from '../i18n';
import { number } from '../lib/format';
import { map, show } from '../map/map';
import { address, note } from '../state/url';
import { Problem } from '../ui/bits';
import { isochroneFeatures } from './flows';

const TARGETS = ['expressway', 'airport', 'port'] as const;
const MINUTES = [15, 30, 60] as const;

const minutes = (v: number): string => (v < 0 ? t('p.access.noway') : number(v, lang.value, 1));

function Towns({ rows }: { rows: readonly AccessRow[] }) {
  const sorted = [...rows].sort((a, b) => b.beforeMin - b.afterMin - (a.beforeMin - a.afterMin));
  return (
    <table class="plain">
      <thead>
        <tr><th scope="col">{t('p.access.town')}</th><th scope="col">{t('p.access.nearest')}</th><th scope="col" class="num">{t('p.before')}</th><th scope="col" class="num">{t('p.after')}</th><th scope="col" class="num">Δ {t('p.access.min')}</th></tr>
      </thead>
      <tbody>
        {sorted.map((a) => {
          const d = a.afterMin - a.beforeMin;
          return (
            <tr key={String(a.nodeId)}>
              <th scope="row">{named(a)}</th>
              <td>{a.nearestZh}</td>
              <td class="num">{minutes(a.beforeMin)}</td>
              <td class="num">{minutes(a.afterMin)}</td>
              <td class={d < -0.05 ? 'num fine' : d > 0.05 ? 'num tight' : 'num'}>{a.beforeMin < 0 || a.afterMin < 0 ? '–' : number(d, lang.value, 1)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Who reaches an expressway entrance, Huahu or the New Port in how long, before and after, with isochrones on the map. */
export function Access({ c, scenario, before }: { c: CompareReply | undefined; scenario: string; before: string }) {
  const reply = useSignal<GetAccessibilityReply | undefined>(undefined);
  const problem = useSignal('');
  const q = address.value.query;
  const target = TARGETS.find((x) => x === q.get('target')) ?? 'airport';
  const min = MINUTES.find((x) => String(x) === q.get('min')) ?? 30;
  useEffect(() => {
    const stop = new AbortController();
    planning.getAccessibility({ scenarioId: scenario, beforeScenarioId: before, withIsochrones: true }, { signal: stop.signal }).then(
      (r) => (reply.value = r),
      (e: unknown) => (problem.value = explainError(e)),
    );
    return () => stop.abort();
  }, [scenario, before]);
  useEffect(() => {
    if (map.value) show('areas', isochroneFeatures(reply.value?.isochrones.find((i) => i.target === target && i.minutes === min)));
  }, [reply.value, target, min, map.value]);
  useEffect(() => () => show('areas', []), []);
  const rows = (reply.value?.rows ?? c?.accessibility ?? []).filter((r) => r.target === target);
  return (
    <>
      <div class="chips" role="group" aria-label={t('p.tab.access')}>
        {TARGETS.map((x) => <button key={x} type="button" class={x === target ? 'chip on' : 'chip'} aria-pressed={x === target} onClick={() => note({ target: x })}>{code('target', x)}</button>)}
      </div>
      <div class="chips" role="group" aria-label={t('p.iso.show')}>
        {MINUTES.map((x) => <button key={x} type="button" class={x === min ? 'chip on' : 'chip'} aria-pressed={x === min} onClick={() => note({ min: String(x) })}>{x} {t('p.access.min')}</button>)}
        <span class="iso-key"><i class="iso-before" />{t('p.iso.before')} <i class="iso-gained" />{t('p.iso.gained')} <i class="iso-lost" />{t('p.iso.lost')}</span>
      </div>
      <Problem text={problem.value} />
      <ul class="access-sum">
        {reply.value?.summary.filter((s) => s.target === target).map((s) => (
          <li key={s.minutes} class={s.after > s.before ? 'fine' : ''}>{t('p.access.sum', { target: code('target', s.target), m: s.minutes, a: s.before, b: s.after, n: s.townships })}</li>
        ))}
      </ul>
      {rows.length > 0 && <Towns rows={rows} />}
    </>
  );
}
