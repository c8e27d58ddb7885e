import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { explainError, identity, planning } from '../api/client';
import { t } from '../i18n';
import { decodePolyline, type Position } from '../lib/polyline';
import { line, map, show } from '../map/map';
import { links } from '../map/network';
import { pickLinks } from '../map/pick';
import { address, go } from '../state/url';
import { Field, Problem } from '../ui/bits';
import { openSignIn } from '../ui/signin';
import { say } from '../ui/toast';
import { withDemand } from './chosen';
import { addDrawn, addPicked, change, clearDraft, draft, draftFromAddress, hasMods, readPoints, report, scenarioMessage } from './draft';
import { ModificationEditor } from './modification';
import { Report } from './report';

type Tool = '' | 'draw' | 'pick';

/** The draft on the map: drawn lines as drawn, or as the daemon put them once it was asked. */
function showDraft(): void {
  const known = links.peek();
  const lines = draft.value.mods.flatMap((m, i): Position[][] => {
    const put = report.value?.reports.find((r) => r.index === i)?.geometry;
    if (put) return [decodePolyline(put)];
    if (m.what.case === 'addLink') return [m.what.value.points.map((p): Position => [p.lon, p.lat])];
    const ids = m.what.case === 'changeLink' || m.what.case === 'closeLink' || m.what.case === 'openLink' ? (m.what.value.links?.linkIds ?? []) : [];
    return ids.map((id) => known.get(id)).filter((l) => l !== undefined).map((l) => decodePolyline(l.geometry));
  });
  show('picked', lines.map((l) => line(l, {})));
}

/** Says whether the tool takes clicks: drawing is loaded when it is first used. */
function useTool(tool: Tool): boolean {
  const ready = useSignal(false);
  useEffect(() => {
    if (tool === '' || !map.value) return undefined;
    if (tool === 'pick') {
      ready.value = true;
      return pickLinks((id) => { const l = links.peek().get(BigInt(id)); if (l) addPicked(l); });
    }
    let stop: (() => void) | undefined;
    let gone = false;
    void import('./sketch').then((s) => {
      if (gone) return;
      stop = s.startSketch(addDrawn);
      ready.value = true;
    });
    return () => {
      gone = true;
      ready.value = false;
      stop?.();
    };
  }, [tool, map.value]);
  return tool !== '' && ready.value;
}

function TypedPoints() {
  const text = useSignal('');
  const points = readPoints(text.value);
  return (
    <details class="typed">
      <summary>{t('p.points')}</summary>
      <textarea rows={4} aria-label={t('p.points')} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} placeholder={'30.2500,114.9000\n30.3400,115.0300'} />
      <button type="button" disabled={!points} onClick={() => { if (points) addDrawn(points); text.value = ''; }}>{t('p.points.use')}</button>
    </details>
  );
}

function SaveForm() {
  const busy = useSignal(false);
  const problem = useSignal('');
  const d = draft.value;
  const mayPlan = identity.value?.role === 'planner';
  const send = async (checkOnly: boolean): Promise<void> => {
    busy.value = true;
    problem.value = '';
    try {
      report.value = await planning.putScenario({ scenario: scenarioMessage(), checkOnly });
      if (!checkOnly && report.value.errors.length === 0) say(t('p.saved', { id: report.value.scenario?.scenarioId ?? d.id, v: report.value.scenario?.version ?? 1 }));
    } catch (e) {
      problem.value = explainError(e);
    }
    busy.value = false;
  };
  const saved = report.value !== undefined && report.value.errors.length === 0 && (report.value.scenario?.version ?? 0) > 0;
  return (
    <form onSubmit={(e) => { e.preventDefault(); void send(false); }}>
      <div class="grid">
        <Field label={t('p.name')}><input value={d.name} required onInput={(e) => change({ name: e.currentTarget.value })} /></Field>
        <Field label={t('p.id')}><input value={d.id} required pattern="[A-Za-z0-9_\-]{1,64}" title={t('p.id.help')} onInput={(e) => change({ id: e.currentTarget.value })} /></Field>
        <Field label={t('p.opening')}><input type="date" value={d.opening} onInput={(e) => change({ opening: e.currentTarget.value })} /></Field>
        <Field label={`${t('p.cost')} (万元 / 10⁴ ¥)`}><input type="number" min="0" value={d.cost} onInput={(e) => change({ cost: e.currentTarget.value })} /></Field>
        <label class="check"><input type="checkbox" checked={d.shared} onChange={(e) => change({ shared: e.currentTarget.checked })} /> {t('p.shared')}</label>
      </div>
      {!mayPlan && <p class="hint">{t('p.need')} <button type="button" onClick={openSignIn}>{t('sign.in')}</button></p>}
      <div class="row save">
        <button type="button" disabled={busy.value} onClick={() => void send(true)}>{t('p.check')}</button>
        <button type="submit" class="primary" disabled={busy.value || !mayPlan}>{t('p.save')}</button>
        <button type="button" onClick={clearDraft}>{t('s.affected.clear')}</button>
      </div>
      <Problem text={problem.value} />
      {report.value && <Report reply={report.value} />}
      {saved && (
        <div class="row">
          <button type="button" class="primary" onClick={() => go('plan', ['compare'], withDemand({ after: d.id }))}>{t('p.effect')}</button>
          <button type="button" onClick={() => go('dispatch', [], { scn: d.id, from: '大冶市', to: '鄂州花湖国际机场' })}>{t('p.routes')}</button>
        </div>
      )}
    </form>
  );
}

export function DrawPanel() {
  const tool = useSignal<Tool>('');
  useEffect(() => {
    if (!hasMods.peek()) draftFromAddress(address.peek().query.get('draft'));
    return () => show('picked', []);
  }, []);
  const ready = useTool(tool.value);
  useEffect(showDraft, [draft.value.mods, report.value, map.value, links.value]);
  return (
    <section>
      <h2>{t('p.what')}</h2>
      <div class="row" role="group" aria-label={t('p.what')}>
        {(['draw', 'pick'] as const).map((x) => (
          <button key={x} type="button" class={tool.value === x ? 'chip on' : 'chip'} aria-pressed={tool.value === x} data-tool={x} onClick={() => (tool.value = tool.value === x ? '' : x)}>{t(`p.tool.${x}`)}</button>
        ))}
      </div>
      {tool.value !== '' && ready && <p class="hint" role="status">{t(`p.tool.help.${tool.value}`)}</p>}
      <TypedPoints />
      {!hasMods.value && <p class="empty">{t('p.mods.none')}</p>}
      <ol class="mods">{draft.value.mods.map((m, i) => <ModificationEditor key={i} m={m} i={i} />)}</ol>
      {hasMods.value && <SaveForm />}
    </section>
  );
}
