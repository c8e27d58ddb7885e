import { signal, useSignal } from '@preact/signals';
import { Family } from '@gen/routing_pb';
import type { AffectedReply, AffectedShipment } from '@gen/shipments_pb';
import { explainError, identity, shipments } from '../api/client';
import { code, lang, t } from '../i18n';
import { instant, moneyShort } from '../lib/format';
import { idsOf } from '../lib/ids';
import { familyColor } from '../map/palette';
import { address, go, note } from '../state/url';
import { Problem, Field, Told } from '../ui/bits';
import { RoadPicker, usePickedOnMap } from '../ui/roads';
import { Booking } from './booking';

const reply = signal<AffectedReply | undefined>(undefined);

function Shipment({ s }: { s: AffectedShipment }) {
  const l = lang.value;
  const open = useSignal<number | undefined>(undefined);
  return (
    <li class="card static">
      <span class="card-head">
        <a href={`#/shipments/${s.billNo}`} onClick={(e) => { e.preventDefault(); go('shipments', [s.billNo]); }}>{s.billNo}</a>
        <span class={`state state-${s.state}`}>{code('state', s.state)}</span>
      </span>
      <p class="tight">{t('s.affected.leg', { n: s.hitLeg })}</p>
      {s.text && <p class="hint"><Told text={s.text} /></p>}
      <ul class="ways">
        {s.options.map((o, i) => {
          const extra = s.extraFen[i] ?? 0n;
          return (
            <li key={o.planRef}>
              <button type="button" aria-expanded={open.value === i} onClick={() => (open.value = open.value === i ? undefined : i)}>
                <span class="family" style={{ background: familyColor[o.family] ?? '' }}>{code('family', Family[o.family])}</span>
                <span>{t('d.arrive')} {instant(o.arriveAt, l)}</span>
                <b class={extra > 0n ? 'tight' : 'fine'}>{extra >= 0n ? t('s.affected.extra', { m: moneyShort(extra, l) }) : t('s.affected.less', { m: moneyShort(-extra, l) })}</b>
              </button>
              {open.value === i && s.request && identity.value?.role === 'shipper' && <Booking request={s.request} option={o} replaces={s.shipmentId} />}
            </li>
          );
        })}
      </ul>
    </li>
  );
}

/** What closing roads or cancelling a departure does to the firm's live shipments, and what going another way costs. */
export function Affected() {
  const service = useSignal('');
  const day = useSignal('');
  const problem = useSignal('');
  const busy = useSignal(false);
  const close = address.value.query.get('close') ?? '';
  const closed = idsOf(close);
  usePickedOnMap(close);
  const ask = async (): Promise<void> => {
    busy.value = true;
    try {
      reply.value = await shipments.affected({
        ...(closed.length > 0 ? { closed: { linkIds: closed.map(BigInt) } } : {}),
        cancelled: service.value ? [{ serviceId: BigInt(service.value), day: day.value }] : [],
        maxShipments: 20,
      });
      problem.value = '';
    } catch (e) {
      problem.value = explainError(e);
    }
    busy.value = false;
  };
  return (
    <section>
      <h1>{t('s.affected')}</h1>
      <p class="hint">{t('s.affected.help')}</p>
      <RoadPicker ids={close} label={t('s.affected.links', { n: closed.length })} onChange={(v) => note({ close: v })} />
      <div class="grid">
        <Field label={t('s.affected.service')}><input inputMode="numeric" value={service.value} onInput={(e) => (service.value = e.currentTarget.value.replace(/\D/g, ''))} /></Field>
        <Field label={t('s.affected.day')}><input type="date" value={day.value} disabled={service.value === ''} onInput={(e) => (day.value = e.currentTarget.value)} /></Field>
      </div>
      <button type="button" class="primary search" disabled={busy.value || (closed.length === 0 && service.value === '')} onClick={() => void ask()}>{t('s.affected.ask')}</button>
      <Problem text={problem.value} />
      {reply.value && (reply.value.shipments.length === 0 ? <p class="empty">{t('s.affected.none')}</p> : <ul class="cards">{reply.value.shipments.map((s) => <Shipment key={s.billNo} s={s} />)}</ul>)}
    </section>
  );
}
