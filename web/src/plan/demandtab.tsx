import { useSignalEffect } from '@preact/signals';
import { DemandFormat, type Demand } from '@gen/planning_pb';
import { comebacks, explainError, identity, isSignedIn, planning } from '../api/client';
import { code, lang, t } from '../i18n';
import { instant } from '../lib/format';
import { address, note } from '../state/url';
import { Problem } from '../ui/bits';
import { openSignIn } from '../ui/signin';
import { say } from '../ui/toast';
import { chosenDemand, demandSpec, forgetResults } from './chosen';
import { PutForm } from './demandput';
import { contents, LeftOut, Tables } from './demandreport';
import { demands, demandsProblem, isMine, loadDemands, mayPut } from './demands';
import { change } from './putting';

const remove = async (d: Demand): Promise<void> => {
  if (!confirm(t('p.d.delete.sure', { name: d.name }))) return;
  try {
    await planning.deleteDemand({ name: d.name });
    forgetResults(d.name);
    say(t('p.d.deleted', { name: d.name }));
    note({ d: '', ...(demandSpec(chosenDemand()).name === d.name ? { demand: '' } : {}) });
    await loadDemands();
  } catch (e) {
    demandsProblem.value = explainError(e);
  }
};

/** Another table under the same name: the form with what was said of this one. */
function putAgain(d: Demand): void {
  change({ name: d.name, format: d.format, unit: d.unit, vehicleClass: d.vehicleClass, source: d.source, description: d.description, shared: d.shared, allowUnknown: d.allowUnknown });
  document.querySelector<HTMLInputElement>('.put-demand input[type=file]')?.focus();
}

function Use({ name }: { name: string }) {
  const on = chosenDemand() === name;
  return <button type="button" class={on ? '' : 'primary'} aria-pressed={on} onClick={() => note({ demand: name })}>{t(on ? 'p.d.used' : 'p.d.use')}</button>;
}

function More({ d }: { d: Demand }) {
  return (
    <div class="project-more">
      {d.description && <p>{d.description}</p>}
      <p class="hint">{code('demandformat', DemandFormat[d.format])} · {t('p.d.put.at')} {instant(d.putAt, lang.value)}{d.author && ` · ${d.author}`}</p>
      <LeftOut d={d} />
      <Tables d={d} />
      <p class="hint hash">{d.demandVersion}</p>
      <div class="row">
        <Use name={`${d.name}@${d.version}`} />
        {isMine(d) && <button type="button" onClick={() => putAgain(d)}>{t('p.d.again')}</button>}
        {isMine(d) && <button type="button" class="danger small" onClick={() => void remove(d)}>{t('p.delete')}</button>}
      </div>
    </div>
  );
}

function Item({ d, open }: { d: Demand; open: boolean }) {
  const used = chosenDemand() === `${d.name}@${d.version}` || chosenDemand() === d.name;
  return (
    <li class={open ? 'card static project on' : 'card static project'}>
      <button type="button" class="project-head" aria-expanded={open} data-demand={d.name} onClick={() => note({ d: open ? '' : d.name }, true)}>
        <span><b>{d.name}</b> <span class="hint">v{d.version}</span></span>
        {used && <span class="state status-open">{t('p.d.used')}</span>}
        <span class="card-foot">{contents(d).map((x) => <span key={x}>{x}</span>)}</span>
        <span class="card-foot">
          {(isMine(d) || d.firm) && <span>{isMine(d) ? t('p.d.mine') : d.firm}</span>}
          {d.shared && <span>{t('p.d.shared')}</span>}
          <span>{d.source || t('p.d.source.none')}</span>
        </span>
      </button>
      {open && <More d={d} />}
    </li>
  );
}

function Bundled() {
  const used = chosenDemand() === '';
  return (
    <li class="card static">
      <div class="card-head"><b>{t('p.d.bundled')}</b>{used && <span class="state status-open">{t('p.d.used')}</span>}</div>
      <p class="hint">{t('p.d.bundled.text')}</p>
    </li>
  );
}

export function DemandTab() {
  const opened = address.value.query.get('d') ?? '';
  useSignalEffect(() => {
    void identity.value;
    void comebacks.value;
    void loadDemands();
  });
  const list = demands.value;
  const stranger = isSignedIn() && !mayPut(); // a shipper: whatever the daemon said
  return (
    <section>
      <p class="hint">{t('p.d.help')}</p>
      <Problem text={stranger ? '' : demandsProblem.value} retry={() => void loadDemands()} />
      {!list && demandsProblem.value === '' && <p class="hint">{t('loading')}</p>}
      <ul class="cards demands">
        <Bundled />
        {list?.map((d) => <Item key={d.name} d={d} open={d.name === opened} />)}
      </ul>
      {list?.length === 0 && <p class="empty">{t(mayPut() ? 'p.d.none' : 'p.d.none.shared')}</p>}
      {mayPut() ? <PutForm /> : (
        <p class="hint need">{stranger ? t('p.d.denied') : demandsProblem.value === '' ? t('p.d.need') : ''} <button type="button" onClick={openSignIn}>{t('sign.in')}</button></p>
      )}
    </section>
  );
}
