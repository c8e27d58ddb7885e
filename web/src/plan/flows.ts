import type { AppraiseReply, CompareReply, FlowChange, Isochrone } from '@gen/planning_pb';
import { decodePolyline, type Position } from '../lib/polyline';
import type { LegendItem } from '../map/legend';
import { line, type Feature } from '../map/map';

export type FlowView = 'after' | 'before' | 'diff' | 'swipe' | 'side';

const WIDEST = 22;
const THINNEST = 0.6;
const MORE = '#b4321f';
const LESS = '#0b5fa4';
const LOAD = '#5b3f8c';

const course = (f: FlowChange): Position[] => {
  const l = decodePolyline(f.geometry);
  return f.backward ? l.reverse() : l;
};

/** What the colours of a view mean. */
export const flowLegend = (view: FlowView): LegendItem[] => [
  ...(view === 'diff' ? ([{ text: 'p.key.more', color: MORE }, { text: 'p.key.less', color: LESS }] as const) : ([{ text: 'p.key.flow', color: LOAD }] as const)),
  { text: 'p.key.new', color: '#111', dashed: true },
];

export const valueOf = (f: FlowChange, view: FlowView): number => (view === 'before' ? f.beforePce : view === 'diff' ? f.afterPce - f.beforePce : f.afterPce);

/** Bandwidths: each direction on its own side, as wide as its flow; differences red for more and blue for less. */
export function flowFeatures(links: readonly FlowChange[], view: FlowView): Feature[] {
  const scale = view === 'diff' ? 'diff' : 'after';
  const most = Math.max(1e-9, ...links.map((f) => (scale === 'diff' ? Math.abs(f.afterPce - f.beforePce) : Math.max(f.beforePce, f.afterPce))));
  return links
    .map((f) => ({ f, v: valueOf(f, view) }))
    .filter(({ v }) => Math.abs(v) > most * 1e-4)
    .map(({ f, v }) => line(course(f), { size: Math.max(THINNEST, (Math.abs(v) / most) * WIDEST), color: view === 'diff' ? (v > 0 ? MORE : LESS) : LOAD, fresh: f.newLink, value: v }));
}

const ring = (text: string): Position[] => decodePolyline(text);

export function isochroneFeatures(i: Isochrone | undefined): Feature[] {
  if (!i) return [];
  const areas = (list: Isochrone['before'], color: string, opacity: number): Feature[] =>
    list.map((p) => ({ type: 'Feature', geometry: { type: 'Polygon', coordinates: p.rings.map(ring) }, properties: { color, opacity } }));
  return [...areas(i.before, '#0b6fa4', 0.14), ...areas(i.gained, '#0a7a4b', 0.4), ...areas(i.lost, '#b4321f', 0.4)];
}

/** RFC 7946, for other people's maps. */
export function flowsGeoJson(c: CompareReply): string {
  return JSON.stringify({
    type: 'FeatureCollection',
    features: c.links.map((f) => ({
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: course(f) },
      properties: { link_id: String(f.linkId), backward: f.backward, name: f.nameZh, before_pce: f.beforePce, after_pce: f.afterPce, new: f.newLink, closed: f.closed },
    })),
  });
}

/** One table for all: what kind of row, of what, and its figures. */
export function resultRows(r: AppraiseReply): (string | number)[][] {
  const c = r.compare;
  const rows: (string | number)[][] = [['demand', c?.demandVersion ?? '', '', '', '', '', '', '']];
  for (const [kind, list] of [['winner', c?.winners], ['loser', c?.losers], ['goods', c?.goodsGroups]] as const)
    for (const z of list ?? []) rows.push([kind, z.nameZh || z.goodsGroup, z.nameEn, z.trucks, z.timeH, z.distanceKm, z.tollYuan, z.benefitYuan]);
  for (const f of c?.links ?? []) rows.push(['link', `${f.nameZh} #${String(f.linkId)}${f.backward ? '-' : '+'}`, '', f.beforePce, f.afterPce, f.afterPce - f.beforePce, '', '']);
  for (const a of c?.accessibility ?? []) rows.push(['access', a.nameZh, `${a.target}: ${a.nearestZh}`, a.beforeMin, a.afterMin, '', '', '']);
  for (const x of r.cases) rows.push(['case', x.name, '', x.npvYuan, x.bcr, x.irr, '', '']);
  return rows;
}
export const RESULT_HEAD = ['kind', 'name', 'name_en', 'trucks|before|npv', 'time_h|after|bcr', 'distance_km|change|irr', 'toll_yuan', 'benefit_yuan'] as const;
