import { signal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Shipment } from '@gen/shipments_pb';
import { comebacks, explainError, identity, isSignedIn, shipments } from '../api/client';
import { code, lang, t } from '../i18n';
import { instant, moneyShort } from '../lib/format';
import { address, go, note } from '../state/url';
import { Problem, Tabs } from '../ui/bits';
import { openSignIn } from '../ui/signin';
import { Affected } from './affected';
import { ShipmentDetail, refreshDetail } from './shipment';
import { follow, live } from './watch';

const STATES = ['', 'booked', 'in_transit', 'exception', 'delivered', 'cancelled', 'replanned'] as const;

const list = signal<readonly Shipment[]>([]);
const nextPage = signal('');
const loaded = signal(false);
const problem = signal('');
const fresh = signal<ReadonlySet<string>>(new Set()); // changed while we look

async function load(more = false): Promise<void> {
  if (!isSignedIn()) return;
  try {
    const r = await shipments.list({ state: address.peek().query.get('state') ?? '', pageSize: 50, pageToken: more ? nextPage.peek() : '' });
    list.value = more ? [...list.peek(), ...r.shipments] : r.shipments;
    nextPage.value = r.nextPageToken;
    problem.value = '';
  } catch (e) {
    problem.value = explainError(e);
  }
  loaded.value = true;
}

function Row({ s }: { s: Shipment }) {
  return (
    <li>
      <button type="button" class={fresh.value.has(s.billNo) ? 'card fresh' : 'card'} data-bill={s.billNo} onClick={() => go('shipments', [s.billNo])}>
        <span class="card-head">
          <b>{s.billNo}</b>
          <span class={`state state-${s.state}`}>{code('state', s.state)}</span>
        </span>
        <span class="card-times">{t('s.from.to', { a: s.origin, b: s.destination })}</span>
        <span class="card-foot">
          <span>{(Number(s.massKg) / 1000).toLocaleString('en')} t</span>
          <span>{moneyShort(s.totalFen, lang.value)}</span>
          {s.estimatedArriveAt > 0n && <span>{t('s.eta')} {instant(s.estimatedArriveAt, lang.value)}</span>}
        </span>
        {s.exception && <span class="problem">{s.exception}</span>}
      </button>
    </li>
  );
}

function List() {
  const state = address.value.query.get('state') ?? '';
  return (
    <>
      <div class="list-head">
        <h1>{t('s.title')}</h1>
        <span class={live.value ? 'live on' : 'live'} role="status">{live.value ? t('s.live') : t('s.paused', { s: 5 })}</span>
      </div>
      <div class="chips" role="group" aria-label={t('s.state')}>
        {STATES.map((s) => (
          <button key={s} type="button" class={s === state ? 'chip on' : 'chip'} aria-pressed={s === state} onClick={() => { note({ state: s }); void load(); }}>
            {s === '' ? t('all') : code('state', s)}
          </button>
        ))}
      </div>
      <Problem text={problem.value} retry={() => void load()} />
      {loaded.value && list.value.length === 0 && problem.value === '' && <p class="empty">{t('s.empty')}</p>}
      <ul class="cards">{list.value.map((s) => <Row key={s.billNo} s={s} />)}</ul>
      {nextPage.value && <button type="button" onClick={() => void load(true)}>{t('more')}</button>}
    </>
  );
}

function Anonymous() {
  return (
    <div class="empty">
      <h1>{t('s.title')}</h1>
      <p>{t('sign.help')}</p>
      <button type="button" class="primary" onClick={openSignIn}>{t('sign.in')}</button>
    </div>
  );
}

export function ShipmentsView() {
  useSignalEffect(() => {
    void identity.value;
    void comebacks.value;
    void load();
  });
  useEffect(
    () =>
      follow(
        (changes) => {
          fresh.value = new Set(changes.map((c) => c.billNo));
          setTimeout(() => (fresh.value = new Set()), 4000);
          void load();
          for (const c of changes) refreshDetail(c.billNo);
        },
        () => void load(),
      ),
    [],
  );
  if (!isSignedIn()) return <Anonymous />;
  const bill = address.value.rest[0];
  if (bill === 'affected') return <><SubTabs value="affected" /><Affected /></>;
  if (bill) return <ShipmentDetail key={bill} bill={bill} />;
  return <><SubTabs value="mine" /><List /></>;
}

function SubTabs({ value }: { value: 'mine' | 'affected' }) {
  return <Tabs label={t('nav.shipments')} value={value} items={[{ id: 'mine', text: t('s.title') }, { id: 'affected', text: t('s.affected') }]} onPick={(id) => go('shipments', id === 'mine' ? [] : ['affected'])} />;
}
