import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { signal } from '@preact/signals';
import { Family, FindRoutesRequestSchema, type FindRoutesRequest } from '@gen/routing_pb';
import { fromInput, morning, toInput } from '../lib/format';
import { idsOf } from '../lib/ids';

/** The dispatcher's question as it stands in the form and in the address. All texts: a form is typed. */
export interface Question {
  from: string;
  to: string;
  goods: string;
  t: string; // tonnes
  m3: string;
  box: string; // ISO 6346 type; "": no containers
  n: string;
  tmin: string;
  tmax: string;
  dg: string;
  val: string; // 10,000 yuan
  bulk: string; // "1" or ""
  pl: string; // the largest piece, cm
  pw: string;
  ph: string;
  ready: string; // local, "2026-12-01T08:00"
  by: string;
  latest: string; // "1": backward from `by`
  fam: string; // "ROAD,RAIL_ROAD"; "": all
  scn: string;
  avoid: string; // link ids: "12,34"
}

const now = (): number => Math.floor(Date.now() / 1000);

export const emptyQuestion = (): Question => ({
  from: '', to: '', goods: 'general', t: '20', m3: '', box: '', n: '', tmin: '', tmax: '', dg: '', val: '', bulk: '', pl: '', pw: '', ph: '',
  ready: toInput(morning(now(), 3)), by: '', latest: '', fam: '', scn: '', avoid: '',
});

export type PresetId = 'cathode' | 'cold' | 'machine' | 'boxes' | 'parcels';

export interface Preset {
  id: PresetId;
  zh: string;
  en: string;
  cargo: Partial<Question>;
  trip: { from: [string, string]; to: [string, string] }; // an example of it: Chinese, English
}

export const presets: readonly Preset[] = [
  { id: 'cathode', zh: '电解铜 260 t', en: 'Copper cathode 260 t', cargo: { goods: 'copper_cathode', t: '260', box: '22G1', n: '10', val: '1800' }, trip: { from: ['大冶市', 'Daye'], to: ['上海市', 'Shanghai'] } },
  { id: 'cold', zh: '冷链预制菜 3 t · 0–4 °C', en: 'Cold-chain food 3 t, 0–4 °C', cargo: { goods: 'prepared_food', t: '3', m3: '12', tmin: '0', tmax: '4', val: '12' }, trip: { from: ['大冶市', 'Daye'], to: ['沈阳市', 'Shenyang'] } },
  { id: 'machine', zh: '24 t 设备 · 宽 3.1 m', en: '24 t machine, 3.1 m wide', cargo: { goods: 'machine', t: '24', pl: '640', pw: '310', ph: '280', val: '150' }, trip: { from: ['大冶市', 'Daye'], to: ['成都市', 'Chengdu'] } },
  { id: 'boxes', zh: '2 × 40 尺高柜', en: '2 × 40′ high cube', cargo: { goods: 'general', t: '40', box: '45G1', n: '2', val: '80' }, trip: { from: ['大冶市', 'Daye'], to: ['上海洋山港', 'Shanghai Yangshan'] } },
  { id: 'parcels', zh: '航空包裹 800 kg', en: 'Air parcels 800 kg', cargo: { goods: 'parcels', t: '0.8', m3: '5', val: '20' }, trip: { from: ['大冶市', 'Daye'], to: ['列日机场', 'Liege Airport'] } },
];

export const question = signal<Question>(emptyQuestion());

/** The form with a preset's cargo; the doors and times stay. */
export function withCargo(q: Question, cargo: Partial<Question>): Question {
  const blank = emptyQuestion();
  return { ...blank, from: q.from, to: q.to, ready: q.ready, by: q.by, latest: q.latest, scn: q.scn, avoid: q.avoid, ...cargo };
}

const DEFAULTS = new Set(['goods', 't']);

/** What the address says of a question, and back. */
export function toAddress(q: Question): Record<string, string> {
  return { ...q };
}
export function fromAddress(query: URLSearchParams): Question | undefined {
  if (!query.get('from') && !query.get('to')) return undefined;
  const q = emptyQuestion();
  for (const k of Object.keys(q) as (keyof Question)[]) {
    const v = query.get(k);
    if (v !== null) q[k] = v;
    else if (!DEFAULTS.has(k) && k !== 'ready') q[k] = '';
  }
  return q;
}

const num = (text: string): number => (text.trim() === '' ? 0 : Number(text.replace(',', '.')));
const whole = (text: string): number => Math.round(num(text));

/** "30.1,114.9" is a point, everything else a name or code that the daemon knows. */
export function placeRef(text: string): NonNullable<MessageInitShape<typeof FindRoutesRequestSchema>['origin']> {
  const m = /^\s*(-?\d+(?:\.\d+)?)\s*[,，]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (m) return { by: { case: 'point', value: { lat: Number(m[1]), lon: Number(m[2]) } } };
  return { by: { case: 'name', value: text.trim() } };
}

const familyOf = (name: string): Family | undefined => (Family as unknown as Record<string, Family | undefined>)[name];

export function toRequest(q: Question): FindRoutesRequest {
  const piece = whole(q.pl) + whole(q.pw) + whole(q.ph) > 0;
  const kg = Math.round(num(q.t) * 1000);
  return create(FindRoutesRequestSchema, {
    origin: placeRef(q.from),
    destination: placeRef(q.to),
    cargo: {
      commodity: q.goods.trim(),
      massKg: BigInt(kg),
      volumeDm3: BigInt(Math.round(num(q.m3) * 1000)),
      containers: q.box === '' ? [] : [{ isoType: q.box, count: whole(q.n) }],
      ...(q.tmin !== '' && q.tmax !== '' ? { temperature: { minC: whole(q.tmin), maxC: whole(q.tmax) } } : {}),
      dangerousClass: q.dg.trim(),
      valueYuan: BigInt(Math.round(num(q.val) * 10000)),
      bulk: q.bulk === '1',
      ...(piece ? { piece: { kg, lengthCm: whole(q.pl), widthCm: whole(q.pw), heightCm: whole(q.ph) } } : {}),
    },
    readyAt: BigInt(fromInput(q.ready) ?? 0),
    deliverBy: BigInt(fromInput(q.by) ?? 0),
    latestPickup: q.latest === '1',
    families: q.fam.split(',').map(familyOf).filter((f): f is Family => f !== undefined),
    scenarioId: q.scn,
    ...(q.avoid !== '' ? { avoid: { linkIds: idsOf(q.avoid).map(BigInt) } } : {}),
    maxOptions: 10,
    explain: true,
  });
}
