import type { FindRoutesRequest, NotOffered } from '@gen/routing_pb';
import { code, lang, t } from '../i18n';
import { co2, day, distance, duration, instant, moneyShort, number } from '../lib/format';

/** Why a family lost, worded from the data of the answer in the language of the page. */

const DRAYAGE_PERMILLE = 500; // of a question that names none (routing.proto)
const DAY_S = 86400n;
const NOON_S = 43200n; // a day is shown by an instant within it, whatever the zone

function amount(v: bigint, unit: string): string {
  const l = lang.value;
  switch (unit) {
    case 'kg': return `${number(Number(v) / 1000, l, 3)} t`;
    case 'm': return distance(v, l);
    case 'cm': return `${number(Number(v) / 100, l, 2)} m`;
    case '1/1000 TEU': return `${number(Number(v) / 1000, l, 1)} TEU`;
    case 'C': return `${number(Number(v), l)} °C`;
    case 'class': return number(Number(v) / 10, l, 1);
    case 's': return instant(v, l);
    case 'day': return day(v * DAY_S + NOON_S, l);
    default: return `${number(Number(v), l)} ${unit}`;
  }
}

/** What the cargo is to terminals and services. */
function form(request: FindRoutesRequest): string {
  const c = request.cargo;
  const kind = t(c && c.containers.length > 0 ? 'd.form.boxes' : c?.bulk ? 'd.form.bulk' : 'd.form.general');
  return `${c?.temperature ? t('d.form.cold') : ''}${c?.dangerousClass ? t('d.form.danger') : ''}${kind}`;
}

/** The limit that is broken; "": the reply names none. */
export function limitText(n: NotOffered, request: FindRoutesRequest): string {
  const [limit, asked, of] = [amount(n.limitValue, n.limitUnit), amount(n.askedValue, n.limitUnit), n.limitOf];
  switch (n.limit) {
    case '': return '';
    case 'cargo_form':
    case 'temperature_control':
    case 'dangerous_goods': return t('d.limit.form', { form: form(request) });
    case 'dangerous_class': return t('d.limit.class', { of, asked });
    case 'capacity': return t('d.limit.capacity', { of, limit, asked });
    case 'truck_distance': return t('d.limit.drayage', { limit, asked, share: (request.drayagePermille || DRAYAGE_PERMILLE) / 10 });
    case 'deliver_by': return t('d.limit.deadline', { limit, asked, late: duration(n.askedValue - n.limitValue, lang.value) });
    case 'timetable': return t('d.limit.timetable', { of, limit });
    case 'temperature': return t('d.limit.temperature', { of, limit, asked });
    default: return t('d.limit.any', { what: code('limitname', n.limit), of: of && `（${of}）`, limit, asked });
  }
}

/** By how much it falls behind, and what would make it win. */
export function margins(n: NotOffered): string[] {
  const l = lang.value;
  const out: string[] = [];
  if (n.laterS > 0n) out.push(t('d.margin.later', { t: duration(n.laterS, l) }));
  if (n.dearerFen > 0n) out.push(t('d.margin.dearer', { m: moneyShort(n.dearerFen, l) }));
  if (n.dirtierG > 0n) out.push(t('d.margin.dirtier', { g: co2(n.dirtierG, l) }));
  if (n.winTotalFen > 0n) out.push(t('d.margin.win', { m: moneyShort(n.winTotalFen, l), less: moneyShort(n.winCheaperFen, l) }));
  if (n.winSoonerS > 0n && n.limit !== 'deliver_by') out.push(t('d.margin.sooner', { t: duration(n.winSoonerS, l) }));
  if (n.wouldTotalFen > 0n) out.push(t('d.margin.would', { m: moneyShort(n.wouldTotalFen, l) }));
  return out;
}
