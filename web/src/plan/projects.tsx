import type { NetworkProject } from '@gen/operations_pb';
import { code, lang, named, t } from '../i18n';
import { yuanLarge } from '../lib/format';
import { networkError, projects } from '../map/network';
import { address, go, note } from '../state/url';
import { Problem } from '../ui/bits';
import { withDemand } from './chosen';

const ORDER: Record<string, number> = { under_construction: 0, planned: 1, open: 2 };

/** The scenario that builds a project: every project of the table is one from the start. */
export const scenarioOf = (p: NetworkProject): string => p.scenarioId || `project-${p.projectId}`;

function Detail({ p }: { p: NetworkProject }) {
  const id = scenarioOf(p);
  return (
    <div class="project-more">
      <p>{p.changes}</p>
      <p class="hint">{t('d.source')}: {p.source}</p>
      {p.status === 'open' && <p class="hint">{t('p.open.already')}</p>}
      {p.linkIds.length === 0 && <p class="hint">{t('p.terminal')}</p>}
      <div class="row">
        <button type="button" class="primary" onClick={() => go('plan', ['compare'], withDemand({ after: id }))}>{t('p.effect')}</button>
        <button type="button" onClick={() => go('dispatch', [], { scn: id, from: '大冶市', to: '鄂州花湖国际机场' })}>{t('p.routes')}</button>
      </div>
    </div>
  );
}

export function Projects() {
  const chosen = address.value.query.get('p') ?? '';
  const sorted = [...projects.value].sort((a, b) => (ORDER[a.status] ?? 9) - (ORDER[b.status] ?? 9) || a.projectId.localeCompare(b.projectId));
  return (
    <section>
      <Problem text={networkError.value} />
      {projects.value.length === 0 && networkError.value === '' && <p class="hint">{t('loading')}</p>}
      <ul class="cards">
        {sorted.map((p) => (
          <li key={p.projectId} class={p.projectId === chosen ? 'card static project on' : 'card static project'}>
            <button type="button" class="project-head" data-project={p.projectId} aria-expanded={p.projectId === chosen} onClick={() => note({ p: p.projectId === chosen ? '' : p.projectId }, true)}>
              <b>{named(p)}</b>
              <span class={`state status-${p.status}`}>{code('status', p.status)}</span>
              <span class="card-foot">
                <span>{code('project', p.kind)}</span>
                {p.costYuan > 0n && <span>{t('p.cost')} {yuanLarge(Number(p.costYuan), lang.value)}</span>}
                {p.openingDate && <span>{t('p.opening')} {p.openingDate}</span>}
              </span>
            </button>
            {p.projectId === chosen && <Detail p={p} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
