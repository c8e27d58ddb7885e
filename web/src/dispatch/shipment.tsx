import { effect, signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Family, Mode, type Option } from '@gen/routing_pb';
import type { GetShipmentReply, ShipmentLeg } from '@gen/shipments_pb';
import { comebacks, explainError, identity, shipments } from '../api/client';
import { code, lang, named, t } from '../i18n';
import { duration, instant, moneyShort } from '../lib/format';
import { familyColor, modeColor } from '../map/palette';
import { go } from '../state/url';
import { Fact, Problem, Told } from '../ui/bits';
import { BackIcon } from '../ui/icons';
import { say } from '../ui/toast';
import { Bill } from './bill';

const changed = signal(''); // the bill that the stream just told of
export function refreshDetail(bill: string): void {
  changed.value = '';
  changed.value = bill;
}

/** Planned, estimated and actual of one end of a leg; the best that is known first. */
function Times({ planned, estimated, actual, word }: { planned: bigint; estimated: bigint; actual: bigint; word: string }) {
  const l = lang.value;
  const known = actual || estimated || planned;
  const late = planned > 0n ? Number(known - planned) : 0;
  return (
    <span class="leg-time">
      {word} <b>{known > 0n ? instant(known, l) : '–'}</b>{' '}
      <span class={actual > 0n ? 'done' : 'hint'}>{actual > 0n ? t('s.actual') : estimated > 0n ? t('s.estimated') : t('s.planned')}</span>
      {Math.abs(late) >= 60 && <span class={late > 0 ? 'tight' : 'fine'}> {late > 0 ? '+' : ''}{duration(late, l)}</span>}
    </span>
  );
}

/** A leg's places are kept in Chinese; the option that was booked has them in both languages. */
function Leg({ leg, of }: { leg: ShipmentLeg; of: Option | undefined }) {
  const planned = of?.legs[leg.seq - 1];
  return (
    <li style={{ '--mode': modeColor[leg.mode] ?? '#333' }}>
      <div class="leg-end"><b>{named(planned?.from) || leg.from} → {named(planned?.to) || leg.to}</b></div>
      <div class="leg-body">
        <span class="leg-mode" style={{ background: modeColor[leg.mode] ?? '' }}>{code('mode', Mode[leg.mode])}</span>
        <Times word={t('d.depart')} planned={leg.plannedDepartAt} estimated={leg.estimatedDepartAt} actual={leg.actualDepartAt} />
        <Times word={t('d.arrive')} planned={leg.plannedArriveAt} estimated={leg.estimatedArriveAt} actual={leg.actualArriveAt} />
        {leg.cutoffAt > 0n && <span class="leg-cut">{t('d.cutoff', { t: instant(leg.cutoffAt, lang.value) })}</span>}
        {leg.missedCutoff && <b class="tight">{t('s.missed')}</b>}
        {leg.overdue && <b class="tight">{t('s.overdue')}</b>}
      </div>
    </li>
  );
}

function Events({ r }: { r: GetShipmentReply }) {
  const l = lang.value;
  if (r.events.length === 0) return <p class="hint">{t('s.events.none')}</p>;
  return (
    <ol class="events">
      {[...r.events].sort((a, b) => Number(b.occurredAt - a.occurredAt)).map((e) => (
        <li key={e.eventId} class={e.corrected ? 'corrected' : ''}>
          <time>{instant(e.occurredAt, l)}</time>
          <span>
            <b>{code('event', e.code)}</b> {e.location} <span class="hint">{e.code} · {e.classifier}{e.source ? ` · ${e.source}` : ''}{e.corrected ? ` · ${t('s.corrected')}` : ''}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

const EVENT_CODES = ['GTIN', 'LOAD', 'DEPA', 'ARRI', 'DISC', 'GTOT', 'DLVR'] as const;

/** An event that happens now, for who works without a system of their own. */
function Record({ r, done }: { r: GetShipmentReply; done: () => void }) {
  const which = useSignal<string>('DEPA');
  const leg = useSignal(1);
  const problem = useSignal('');
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    try {
      await shipments.recordEvent({
        key: crypto.getRandomValues(new Uint8Array(16)), shipmentId: r.shipment!.id,
        event: { code: which.value, classifier: 'ACT', occurredAt: BigInt(Math.floor(Date.now() / 1000)), leg: leg.value, source: 'page' },
      });
      problem.value = '';
      say(t('s.recorded'));
      done();
    } catch (err) {
      problem.value = explainError(err);
    }
  };
  return (
    <form class="record" onSubmit={(e) => void send(e)}>
      <select aria-label={t('s.events')} value={which.value} onChange={(e) => (which.value = e.currentTarget.value)}>
        {EVENT_CODES.map((c) => <option key={c} value={c}>{code('event', c)} · {c}</option>)}
      </select>
      <select aria-label={t('d.legs')} value={leg.value} onChange={(e) => (leg.value = Number(e.currentTarget.value))}>
        {r.legs.map((x) => <option key={x.seq} value={x.seq}>{x.seq}. {x.from} → {x.to}</option>)}
      </select>
      <button type="submit">{t('s.record')}</button>
      <Problem text={problem.value} />
    </form>
  );
}

export function ShipmentDetail({ bill }: { bill: string }) {
  const reply = useSignal<GetShipmentReply | undefined>(undefined);
  const problem = useSignal('');
  const load = async (): Promise<void> => {
    try {
      reply.value = await shipments.get({ billNo: bill });
      problem.value = '';
    } catch (e) {
      problem.value = explainError(e);
    }
  };
  useSignalEffect(() => {
    void comebacks.value;
    void identity.value;
    if (changed.value === '' || changed.value === bill) void load();
  });
  useEffect(() => {
    const o = reply.value?.shipment?.option;
    if (!o) return undefined;
    let stop: (() => void) | undefined;
    let gone = false;
    void Promise.all([import('../map/routes'), import('../map/ways'), import('../map/map'), import('../map/network')]).then(async ([r, w, m, n]) => {
      const drawn = await w.withWays(o);
      if (gone) return;
      stop = effect(() => {
        void n.services.value; // they come when they are asked for
        if (m.map.value) r.drawOptions([drawn], 0);
      });
    });
    return () => {
      gone = true;
      stop?.();
      void import('../map/routes').then((m) => m.clearOptions());
    };
  }, [reply.value?.shipment?.id]);
  const cancel = async (): Promise<void> => {
    if (!confirm(t('s.cancel.sure', { bill }))) return;
    try {
      await shipments.cancel({ key: crypto.getRandomValues(new Uint8Array(16)), billNo: bill });
      await load();
    } catch (e) {
      problem.value = explainError(e);
    }
  };
  const s = reply.value?.shipment;
  const l = lang.value;
  const mine = identity.value?.role === 'shipper';
  return (
    <article class="detail">
      <div class="detail-bar"><button type="button" class="back" onClick={() => go('shipments')}><BackIcon /> {t('s.back')}</button></div>
      <Problem text={problem.value} retry={() => void load()} />
      {!s && problem.value === '' && <p class="hint">{t('loading')}</p>}
      {s && (
        <>
          <h1 class="bill-no">{s.billNo} <span class={`state state-${s.state}`}>{code('state', s.state)}</span></h1>
          <p class="card-times">{t('s.from.to', { a: named(s.option?.legs[0]?.from) || s.origin, b: named(s.option?.legs.at(-1)?.to) || s.destination })}</p>
          {s.exception && <p class="problem"><Told text={s.exception} /></p>}
          {(s.replaces || s.replacedBy) && <p class="hint">{s.replaces && `← ${s.replaces}`} {s.replacedBy && `→ ${s.replacedBy}`}</p>}
          <dl class="facts">
            <Fact label={t('s.eta')}>{s.estimatedArriveAt > 0n ? instant(s.estimatedArriveAt, l) : '–'}</Fact>
            <Fact label={t('s.booked')}>{instant(s.bookedAt, l)}</Fact>
            <Fact label={t('d.cost')}>{moneyShort(s.totalFen, l)}</Fact>
            <Fact label={t('d.families')}>{s.option && <span class="family" style={{ background: familyColor[s.option.family] ?? '' }}>{code('family', Family[s.option.family])}</span>}</Fact>
          </dl>
          <h3>{t('d.legs')}</h3>
          <ol class="legs">{reply.value!.legs.map((leg) => <Leg key={leg.seq} leg={leg} of={s.option} />)}</ol>
          <h3>{t('s.events')}</h3>
          <Events r={reply.value!} />
          {mine && ['booked', 'in_transit', 'exception'].includes(s.state) && <Record r={reply.value!} done={() => void load()} />}
          {s.option && <><h3>{t('d.bill')}</h3><Bill o={s.option} /></>}
          {mine && (s.state === 'booked' || s.state === 'exception') && <button type="button" class="danger" onClick={() => void cancel()}>{t('s.cancel')}</button>}
        </>
      )}
    </article>
  );
}
