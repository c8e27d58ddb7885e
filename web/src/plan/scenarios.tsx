import { signal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Scenario } from '@gen/planning_pb';
import { comebacks, explainError, identity, planning } from '../api/client';
import { lang, named, t } from '../i18n';
import { boundsOf } from '../lib/geo';
import { yuanLarge } from '../lib/format';
import { decodePolyline } from '../lib/polyline';
import { fit, line, show } from '../map/map';
import { address, go, note } from '../state/url';
import { Problem } from '../ui/bits';
import { withDemand } from './chosen';

const list = signal<readonly Scenario[] | undefined>(undefined);
const problem = signal('');

export async function loadScenarios(): Promise<void> {
  try {
    const all: Scenario[] = [];
    for (let pageToken = ''; all.length < 1000; ) {
      const r = await planning.listScenarios({ pageSize: 200, pageToken });
      all.push(...r.scenarios);
      pageToken = r.nextPageToken;
      if (pageToken === '') break;
    }
    list.value = all;
    problem.value = '';
  } catch (e) {
    problem.value = explainError(e);
  }
}

async function drawScenario(id: string): Promise<void> {
  if (id === '') return show('picked', []);
  try {
    const r = await planning.getScenario({ scenarioId: id });
    const lines = r.reports.filter((x) => x.geometry !== '').map((x) => decodePolyline(x.geometry));
    show('picked', lines.map((l) => line(l, {})));
    fit(boundsOf(lines), 12);
  } catch (e) {
    problem.value = explainError(e);
  }
}

const remove = async (s: Scenario): Promise<void> => {
  if (!confirm(t('p.delete.sure', { id: s.scenarioId }))) return;
  try {
    await planning.deleteScenario({ scenarioId: s.scenarioId });
    note({ s: '' });
    await loadScenarios();
  } catch (e) {
    problem.value = explainError(e);
  }
};

function Item({ s, on }: { s: Scenario; on: boolean }) {
  const mine = identity.value?.role === 'planner' && s.firm === identity.value.firm;
  return (
    <li class={on ? 'card static project on' : 'card static project'}>
      <button type="button" class="project-head" aria-expanded={on} data-scenario={s.scenarioId} onClick={() => note({ s: on ? '' : s.scenarioId }, true)}>
        <b>{named(s) || s.scenarioId}</b>
        <span class="hint">{s.scenarioId} · v{s.version}</span>
        <span class="card-foot">
          {s.costYuan > 0n && <span>{t('p.cost')} {yuanLarge(Number(s.costYuan), lang.value)}</span>}
          {s.openingDate && <span>{t('p.opening')} {s.openingDate}</span>}
          {s.author && <span>{s.author}</span>}
        </span>
      </button>
      {on && (
        <div class="project-more">
          {s.description && <p>{s.description}</p>}
          <div class="row">
            <button type="button" class="primary" onClick={() => go('plan', ['compare'], withDemand({ after: s.scenarioId }))}>{t('p.effect')}</button>
            <button type="button" onClick={() => go('dispatch', [], { scn: s.scenarioId, from: '大冶市', to: '鄂州花湖国际机场' })}>{t('p.routes')}</button>
            {mine && <button type="button" class="danger small" onClick={() => void remove(s)}>{t('p.delete')}</button>}
          </div>
        </div>
      )}
    </li>
  );
}

export function Scenarios() {
  const chosen = address.value.query.get('s') ?? '';
  useSignalEffect(() => {
    void identity.value;
    void comebacks.value;
    void loadScenarios();
  });
  useEffect(() => void drawScenario(chosen), [chosen]);
  useEffect(() => () => show('picked', []), []);
  return (
    <section>
      <Problem text={problem.value} retry={() => void loadScenarios()} />
      {list.value?.length === 0 && <p class="empty">{t('p.none')}</p>}
      {!list.value && problem.value === '' && <p class="hint">{t('loading')}</p>}
      <ul class="cards">{list.value?.map((s) => <Item key={s.scenarioId} s={s} on={s.scenarioId === chosen} />)}</ul>
    </section>
  );
}
