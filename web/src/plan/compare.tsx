import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { JobState, type AppraiseReply, type Job } from '@gen/planning_pb';
import { Code, ConnectError, explainError, identity, isSignedIn, planning } from '../api/client';
import { followJob, isMissing, startAppraisal } from '../api/planning';
import { code, half, lang, named, t } from '../i18n';
import { download, toCsv } from '../lib/csv';
import { number } from '../lib/format';
import { setLegend } from '../map/legend';
import { map, show } from '../map/map';
import { projects } from '../map/network';
import { address, go, note } from '../state/url';
import { Problem, Tabs, Told } from '../ui/bits';
import { BackIcon } from '../ui/icons';
import { openSignIn } from '../ui/signin';
import { Access } from './access';
import { chosenDemand, demandSpec, keepResult, keptResult, withDemand } from './chosen';
import { DemandChoice, demandOfResult } from './demandchoice';
import { flowFeatures, flowLegend, flowsGeoJson, RESULT_HEAD, resultRows, type FlowView } from './flows';
import { Money } from './money';
import { scenarioOf } from './projects';
import { Side } from './side';
import { Summary } from './summary';
import { Swipe } from './swipe';
import { Zones } from './zones';

const VIEWS = ['diff', 'after', 'before', 'swipe', 'side'] as const;
const PARTS = ['summary', 'zones', 'access', 'money'] as const;
type Part = (typeof PARTS)[number];

const result = signal<AppraiseReply | undefined>(undefined);
const job = signal<Job | undefined>(undefined);
const problem = signal('');
const running = signal(false);
const stopped = signal(false);
let call: AbortController | undefined;

/** The job that the address names goes on; otherwise a new one is started and named there. */
async function followOrStart(before: string, after: string, demand: string, signal: AbortSignal): Promise<AppraiseReply> {
  const told = (j: Job): void => void (job.value = j);
  const named = address.peek().query.get('job');
  if (named)
    try {
      return await followJob(named, told, signal);
    } catch (e) {
      if (!isMissing(e)) throw e;
    }
  const j = await startAppraisal({ beforeScenarioId: before, afterScenarioId: after, demand: demandSpec(demand), maxLinks: 2000, maxZones: 15 }, signal);
  told(j);
  note({ job: j.jobId });
  return followJob(j.jobId, told, signal);
}

async function run(before: string, after: string, demand: string): Promise<void> {
  call?.abort();
  const mine = (call = new AbortController());
  running.value = true;
  stopped.value = false;
  problem.value = '';
  job.value = undefined;
  result.value = undefined;
  try {
    const r = await followOrStart(before, after, demand, mine.signal);
    keepResult(before, after, demand, r);
    if (call === mine) result.value = r;
  } catch (e) {
    if (call === mine) {
      const stranger = !isSignedIn() && e instanceof ConnectError && (e.code === Code.Unauthenticated || e.code === Code.PermissionDenied);
      problem.value = stranger ? t('p.need') : explainError(e);
      if (stranger) openSignIn(); // then it starts by itself
      note({ job: '' }); // another attempt is another job
    }
  }
  if (call === mine) running.value = false;
}

const stop = (): void => {
  const j = job.peek();
  call?.abort();
  running.value = false;
  stopped.value = true;
  note({ job: '' });
  if (j) void planning.cancelJob({ jobId: j.jobId }).catch((e: unknown) => (problem.value = explainError(e)));
};

function Progress() {
  const j = job.value;
  return (
    <div class="progress" role="status">
      <p>{t('p.running', { text: (j && half(j.text)) || (j ? code('job', JobState[j.state]) : '…') })}</p>
      <progress max="1000" {...(j && j.donePermille > 0 ? { value: j.donePermille } : {})} aria-label={t('p.compare')} />
      {j && j.iteration > 0 && <p class="hint">{t('p.iteration', { n: j.iteration, gap: j.relativeGap.toExponential(1) })}</p>}
      <button type="button" onClick={stop}>{t('p.stop')}</button>
    </div>
  );
}

function Exports({ r, id }: { r: AppraiseReply; id: string }) {
  return (
    <div class="row exports" role="group" aria-label={t('p.export')}>
      <span class="hint">{t('p.export')}</span>
      {r.compare && <button type="button" onClick={() => download(`${id}-flows.geojson`, 'application/geo+json', flowsGeoJson(r.compare!))}>{t('p.export.geojson')}</button>}
      <button type="button" onClick={() => download(`${id}.csv`, 'text/csv', toCsv(RESULT_HEAD, resultRows(r)))}>{t('p.export.csv')}</button>
      {r.html && <button type="button" onClick={() => download(`${id}.html`, 'text/html', r.html)}>{t('p.export.report')}</button>}
    </div>
  );
}

function FlowsOnMap({ r, view }: { r: AppraiseReply; view: FlowView }) {
  const links = r.compare?.links ?? [];
  const mine: FlowView = view === 'swipe' || view === 'side' ? 'after' : view; // of the page's own map
  useEffect(() => {
    if (map.value) show('flows', flowFeatures(links, mine));
    setLegend('flows', flowLegend(mine));
    return () => {
      show('flows', []);
      setLegend('flows', []);
    };
  }, [r, mine, map.value]);
  const before = useMemo(() => flowFeatures(links, 'before'), [r]);
  if (!map.value) return null;
  return view === 'swipe' ? <Swipe before={before} /> : view === 'side' ? <Side before={before} /> : null;
}

function Results({ r, id }: { r: AppraiseReply; id: string }) {
  const q = address.value.query;
  const view = VIEWS.find((v) => v === q.get('view')) ?? 'diff';
  const part: Part = PARTS.find((p) => p === q.get('part')) ?? 'summary';
  return (
    <>
      {r.compare && <p class="hint demand-of">{t('p.d.result', { name: demandOfResult(r.compare.demandVersion) })}</p>}
      <div class="chips" role="group" aria-label={t('p.tab.flows')}>
        {VIEWS.map((v) => (
          <button key={v} type="button" class={v === view ? 'chip on' : 'chip'} aria-pressed={v === view} data-view={v} onClick={() => note({ view: v })}>{t(`p.view.${v}`)}</button>
        ))}
      </div>
      <FlowsOnMap r={r} view={view} />
      <Tabs label={t('p.compare')} value={part} items={PARTS.map((p) => ({ id: p, text: t(`p.tab.${p}`) }))} onPick={(p) => note({ part: p })} />
      {part === 'summary' ? <Summary r={r} /> : part === 'zones' ? <Zones c={r.compare} /> : part === 'access' ? <Access c={r.compare} scenario={id} before={q.get('before') ?? ''} /> : <Money r={r} />}
      <Exports r={r} id={id} />
      <details class="raw">
        <summary>{t('p.assumptions')}</summary>
        <ul class="notes-list">{[...new Set([...(r.compare?.assumptions ?? []), ...r.assumptions, ...(r.compare?.warnings ?? [])])].map((a) => <li key={a}><Told text={half(a)} /></li>)}</ul>
        {r.compare?.before && <p class="hint hash">{`${r.compare.before.networkVersion} · gap ${number(r.compare.before.relativeGap, lang.value, 12)} · ${r.compare.after?.scenarioVersion ?? ''}`}</p>}
      </details>
    </>
  );
}

export function Compare() {
  const q = address.value.query;
  const after = q.get('after') ?? '';
  const before = q.get('before') ?? '';
  const demand = chosenDemand();
  const project = projects.value.find((p) => scenarioOf(p) === after);
  useEffect(() => {
    const have = keptResult(before, after, demand);
    result.value = have;
    problem.value = '';
    stopped.value = false;
    if (!have && after !== '') void run(before, after, demand);
    return () => {
      call?.abort();
      running.value = false;
    };
  }, [after, before, demand, identity.value]);
  return (
    <article>
      <div class="detail-bar"><button type="button" class="back" onClick={() => go('plan', [], withDemand({ tab: project ? 'projects' : 'scenarios', ...(project ? { p: project.projectId } : {}) }))}><BackIcon /> {t('nav.plan')}</button></div>
      <h1>{t('p.effect.of', { name: project ? named(project) : after })}</h1>
      <DemandChoice />
      {running.value && <Progress />}
      <Problem text={problem.value} retry={() => void run(before, after, demand)} />
      {problem.value !== '' && !isSignedIn() && <p><button type="button" class="primary" onClick={openSignIn}>{t('sign.in')}</button></p>}
      {stopped.value && <p class="hint stopped" role="status">{t('p.stopped')} <button type="button" onClick={() => void run(before, after, demand)}>{t('p.run')}</button></p>}
      {result.value && <Results r={result.value} id={after} />}
    </article>
  );
}
