import { create, fromJson, toJson, type MessageInitShape } from '@bufbuild/protobuf';
import { computed, signal } from '@preact/signals';
import { LinkFigures_Toll as Toll, ModificationSchema, ScenarioSchema, type Modification, type PutScenarioReply } from '@gen/planning_pb';
import type { NetworkLink } from '@gen/operations_pb';
import { distanceM } from '../lib/geo';
import type { Position } from '../lib/polyline';
import { note } from '../state/url';

/** The scenario that is being drawn: its changes, and what the daemon said of them. */
export interface Draft {
  id: string;
  name: string;
  opening: string;
  cost: string; // 万元
  shared: boolean;
  mods: readonly Modification[];
}

const ADDRESS_MAX = 6000; // characters of a draft in the address
const newId = (): string => `road-${Date.now().toString(36)}`;

export const draft = signal<Draft>({ id: newId(), name: '', opening: '', cost: '', shared: false, mods: [] });
export const report = signal<PutScenarioReply | undefined>(undefined);
export const hasMods = computed(() => draft.value.mods.length > 0);

const toScenario = (d: Draft): MessageInitShape<typeof ScenarioSchema> => ({
  scenarioId: d.id, nameZh: d.name, nameEn: d.name, openingDate: d.opening, costYuan: BigInt(Math.round(Number(d.cost || 0) * 10000)), shared: d.shared, modifications: [...d.mods],
});
export const scenarioMessage = (): MessageInitShape<typeof ScenarioSchema> => toScenario(draft.peek());

/** The draft is part of the address: a link to the page carries it. */
export function change(next: Partial<Draft>): void {
  draft.value = { ...draft.peek(), ...next };
  if (next.mods) report.value = undefined;
  const text = JSON.stringify(toJson(ScenarioSchema, create(ScenarioSchema, toScenario(draft.value))));
  note({ draft: text.length <= ADDRESS_MAX && draft.value.mods.length > 0 ? text : '' });
}

export function draftFromAddress(text: string | null): void {
  if (!text) return;
  try {
    const s = fromJson(ScenarioSchema, JSON.parse(text) as never);
    draft.value = { id: s.scenarioId, name: s.nameZh, opening: s.openingDate, cost: s.costYuan > 0n ? String(Number(s.costYuan) / 10000) : '', shared: s.shared, mods: s.modifications };
  } catch {
    /* not a draft of ours: an empty one stays */
  }
}

export function clearDraft(): void {
  report.value = undefined;
  change({ id: newId(), name: '', opening: '', cost: '', mods: [] });
}

const put = (i: number, m: Modification): void => change({ mods: draft.peek().mods.map((x, k) => (k === i ? m : x)) });
export const add = (m: MessageInitShape<typeof ModificationSchema>): void => change({ mods: [...draft.peek().mods, create(ModificationSchema, m)] });
export const remove = (i: number): void => change({ mods: draft.peek().mods.filter((_, k) => k !== i) });
export const replace = (i: number, m: MessageInitShape<typeof ModificationSchema>): void => put(i, create(ModificationSchema, m));

/** A new road as drawn, with the figures of an ordinary first-class road until told otherwise. */
export function addDrawn(points: readonly Position[]): void {
  add({ what: { case: 'addLink', value: { name: '', points: points.map(([lon, lat]) => ({ lat, lon })), figures: { speedKmh: 80, lanes: 4, toll: Toll.FREE, roadClass: 'primary' } } } });
}

/** A picked road: one that is not open yet is opened, an open one changed. */
export function addPicked(l: NetworkLink): void {
  const links = { linkIds: [l.linkId] };
  if (l.status === 'open') add({ what: { case: 'changeLink', value: { links, set: {}, existing: { speedKmh: l.speedKmh, lanes: l.lanes, status: l.status } } }, note: l.nameZh });
  else add({ what: { case: 'openLink', value: { links, existing: { status: l.status } } }, note: l.nameZh });
}

export function drawnLength(points: readonly { lat: number; lon: number }[]): number {
  let m = 0;
  for (let i = 1; i < points.length; i++) m += distanceM([points[i - 1]!.lon, points[i - 1]!.lat], [points[i]!.lon, points[i]!.lat]);
  return m;
}

/** "30.1,114.9" lines, for who types rather than draws. */
export function readPoints(text: string): Position[] | undefined {
  const lines = text.split(/[\n;]/).map((x) => x.trim()).filter(Boolean);
  const points = lines.map((l): Position => {
    const [lat, lon] = l.split(/[,，\s]+/).map(Number);
    return [lon ?? NaN, lat ?? NaN];
  });
  return points.length >= 2 && points.every(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90) ? points : undefined;
}
