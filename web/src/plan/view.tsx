import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { address, go, note } from '../state/url';
import { Tabs } from '../ui/bits';
import { Compare } from './compare';
import { chosenDemand } from './chosen';
import { Corridors } from './corridors';
import { demandName } from './demandchoice';
import { DemandTab } from './demandtab';
import { DrawPanel } from './draw';
import { drawLayers } from './layers';
import { Projects } from './projects';
import { Scenarios } from './scenarios';

const TABS = ['projects', 'corridors', 'scenarios', 'draw', 'demand'] as const;
type Tab = (typeof TABS)[number];

const tabOf = (): Tab => TABS.find((x) => x === address.value.query.get('tab')) ?? 'projects';

function layers() {
  const q = address.value.query;
  const comparing = address.value.rest[0] === 'compare';
  const tab = tabOf();
  return { corridors: !comparing && tab === 'corridors', projects: !comparing && (tab === 'projects' || tab === 'draw'), corridor: q.get('corridor') ?? '', project: q.get('p') ?? '' };
}

/** Over every tab: what has been chosen acts on the comparisons of all. */
function ChosenDemand() {
  return (
    <p class="scenario-note chosen-demand">
      <span>{t('p.d.using', { name: demandName(chosenDemand()) })}</span> <button type="button" onClick={() => note({ demand: '' })}>{t('p.d.usebundled')}</button>
    </p>
  );
}

export function PlanView() {
  useEffect(() => drawLayers(layers), []);
  if (address.value.rest[0] === 'compare') return <Compare key={address.value.query.get('after')} />;
  const tab = tabOf();
  return (
    <>
      <h1>{t('p.title')}</h1>
      {chosenDemand() !== '' && <ChosenDemand />}
      <Tabs label={t('nav.plan')} value={tab} items={TABS.map((id) => ({ id, text: t(`p.${id}`) }))} onPick={(id) => (address.value.rest.length > 0 ? go('plan', [], { tab: id }) : note({ tab: id, p: '', corridor: '' }, true))} />
      {tab === 'projects' ? <Projects /> : tab === 'corridors' ? <Corridors /> : tab === 'scenarios' ? <Scenarios /> : tab === 'demand' ? <DemandTab /> : <DrawPanel />}
    </>
  );
}
