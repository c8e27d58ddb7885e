import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { INK, PAPER, SEAL, WATER } from './palette';

/** Fonts of the reader's own machine: MapLibre draws all glyphs itself, so no glyph server is needed. */
const FONT = ['PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', 'sans-serif'];
const BOLD = ['Zongheng Bold', ...FONT]; // MapLibre takes the weight from the first name, whether or not it is there

const width = (...stops: [number, number][]): ExpressionSpecification => ['interpolate', ['exponential', 1.5], ['zoom'], ...stops.flat()];
const times = (factor: number, ...stops: [number, number][]): ExpressionSpecification => width(...stops.map(([z, w]): [number, number] => [z, w * factor]));
const is = (key: string, ...values: string[]): ExpressionSpecification => ['in', ['get', key], ['literal', values]];

const empty = { type: 'geojson' as const, data: { type: 'FeatureCollection' as const, features: [] } };
const SOURCES = ['links', 'places', 'terminals', 'corridors', 'projects', 'flows', 'areas', 'route', 'ends', 'marks', 'picked', 'grid'] as const;
export type SourceName = (typeof SOURCES)[number];

const open: ExpressionSpecification = ['==', ['get', 'status'], 'open'];
const round = { 'line-cap': 'round', 'line-join': 'round' } as const;

const ROADS: { classes: string[]; color: string; far: string; casing: string; from: number; stops: [number, number][] }[] = [
  { classes: ['tertiary', 'unclassified', 'residential', 'service', ''], color: '#ffffff', far: '#e3ddce', casing: '#d8d2c2', from: 9, stops: [[9, 0.5], [13, 1.8], [16, 5]] },
  { classes: ['secondary', 'ferry'], color: '#ffffff', far: '#ddd6c5', casing: '#cfc8b6', from: 7, stops: [[7, 0.6], [10, 1.4], [13, 3.2], [16, 8]] },
  { classes: ['primary'], color: '#fbe7b2', far: '#e2d2a4', casing: '#d2b772', from: 5, stops: [[5, 0.5], [9, 1.6], [13, 4], [16, 10]] },
  { classes: ['trunk'], color: '#f7cf83', far: '#e5cb96', casing: '#c99a45', from: 4, stops: [[4, 0.6], [9, 2.2], [13, 5], [16, 12]] },
  { classes: ['motorway'], color: '#f0a860', far: '#e6bf95', casing: '#b9722c', from: 3, stops: [[3, 0.6], [6, 1.2], [9, 2.6], [13, 6], [16, 14]] },
];

function roads(): LayerSpecification[] {
  const casing = ROADS.map(
    (r): LayerSpecification => ({
      id: `casing-${r.classes[0]}`, type: 'line', source: 'links', minzoom: r.from + 2,
      filter: ['all', ['==', ['get', 'mode'], 1], open, is('class', ...r.classes)], layout: round,
      paint: { 'line-color': r.casing, 'line-width': times(1.55, ...r.stops) },
    }),
  );
  const fill = ROADS.map(
    (r): LayerSpecification => ({
      id: `road-${r.classes[0]}`, type: 'line', source: 'links', minzoom: r.from,
      filter: ['all', ['==', ['get', 'mode'], 1], open, is('class', ...r.classes)], layout: round,
      paint: { 'line-color': ['interpolate', ['linear'], ['zoom'], Math.max(6.5, r.from), r.far, Math.max(6.5, r.from) + 2, r.color], 'line-width': width(...r.stops) },
    }),
  );
  return [...casing, ...fill];
}

function water(): LayerSpecification[] {
  return [
    { id: 'sea', type: 'line', source: 'links', filter: ['all', ['==', ['get', 'mode'], 3], ['>', ['get', 'length'], 150000]], layout: round,
      paint: { 'line-color': WATER, 'line-width': 1, 'line-dasharray': [3, 3], 'line-opacity': ['interpolate', ['linear'], ['zoom'], 4, 0.8, 9, 0.4] } },
    { id: 'river', type: 'line', source: 'links', filter: ['all', ['==', ['get', 'mode'], 3], ['<=', ['get', 'length'], 150000]], layout: round,
      paint: { 'line-color': WATER, 'line-width': width([3, 1.4], [7, 4], [10, 9], [14, 40]), 'line-opacity': 0.75 } },
  ];
}

function rails(): LayerSpecification[] {
  const filter: ExpressionSpecification = ['all', ['==', ['get', 'mode'], 2], open];
  return [
    { id: 'rail', type: 'line', source: 'links', filter, layout: round, paint: { 'line-color': '#6f6a75', 'line-width': width([4, 0.6], [8, 1.6], [13, 3.4]) } },
    { id: 'rail-ties', type: 'line', source: 'links', minzoom: 8, filter, paint: { 'line-color': PAPER, 'line-width': width([8, 0.8], [13, 1.9]), 'line-dasharray': [4, 4] } },
    { id: 'unbuilt', type: 'line', source: 'links', minzoom: 7, filter: ['!', open], layout: { 'line-join': 'round' },
      paint: { 'line-color': '#8d8577', 'line-width': width([7, 1], [13, 3]), 'line-dasharray': [2, 2] } },
  ];
}

const label = { 'text-font': FONT, 'text-field': ['get', 'name'] as ExpressionSpecification, 'text-max-width': 9 };
const halo = { 'text-halo-color': PAPER, 'text-halo-width': 1.6, 'text-color': INK };

function labels(): LayerSpecification[] {
  return [
    { id: 'terminal', type: 'circle', source: 'terminals', minzoom: 7.5,
      paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 7.5, 2.5, 12, 6], 'circle-color': ['get', 'color'], 'circle-stroke-color': '#fff', 'circle-stroke-width': 1.5 } },
    { id: 'link-name', type: 'symbol', source: 'links', minzoom: 9.5, filter: ['!=', ['get', 'name'], ''],
      layout: { ...label, 'symbol-placement': 'line', 'text-size': 11, 'symbol-spacing': 420, 'text-max-angle': 30 }, paint: { ...halo, 'text-color': '#5d5646' } },
    { id: 'junction', type: 'symbol', source: 'places', minzoom: 10, filter: ['==', ['get', 'weight'], 0], layout: { ...label, 'text-size': 11 }, paint: { ...halo, 'text-color': '#5d5646' } },
    { id: 'place-terminal', type: 'symbol', source: 'places', maxzoom: 9.5, filter: ['==', ['get', 'terminal'], true],
      layout: { ...label, 'text-size': 11, 'text-padding': 8, 'text-variable-anchor': ['bottom', 'top'], 'text-radial-offset': 0.35, 'symbol-sort-key': ['-', 0, ['get', 'weight']] }, paint: { ...halo, 'text-color': '#4d4a44' } },
    { id: 'place', type: 'symbol', source: 'places', filter: ['all', ['>', ['get', 'weight'], 0], ['==', ['get', 'terminal'], false]],
      layout: { ...label, 'text-font': BOLD, 'text-size': ['interpolate', ['linear'], ['zoom'], 4, ['case', ['>', ['get', 'weight'], 1], 13, 11], 12, ['case', ['>', ['get', 'weight'], 1], 19, 13]],
        'symbol-sort-key': ['-', 0, ['get', 'weight']], 'text-padding': 6, 'text-variable-anchor': ['bottom', 'top', 'left', 'right'], 'text-radial-offset': 0.35 },
      paint: halo },
    { id: 'terminal-name', type: 'symbol', source: 'terminals', minzoom: 9.5,
      layout: { ...label, 'text-size': 11, 'text-variable-anchor': ['left', 'right', 'bottom', 'top'], 'text-radial-offset': 0.8, 'text-optional': true }, paint: { ...halo, 'text-color': ['get', 'color'] } },
  ];
}

function planning(): LayerSpecification[] {
  return [
    { id: 'area', type: 'fill', source: 'areas', paint: { 'fill-color': ['get', 'color'], 'fill-opacity': ['coalesce', ['get', 'opacity'], 0.25] } },
    { id: 'area-line', type: 'line', source: 'areas', paint: { 'line-color': ['get', 'color'], 'line-width': 1.5 } },
    { id: 'corridor', type: 'line', source: 'corridors', layout: round,
      paint: { 'line-color': ['get', 'color'], 'line-width': width([6, 2.5], [10, 7], [14, 16]), 'line-opacity': ['case', ['boolean', ['get', 'on'], false], 0.85, 0.4] } },
    { id: 'project-glow', type: 'line', source: 'projects', filter: ['==', ['get', 'on'], true], layout: round, paint: { 'line-color': '#ffd54a', 'line-width': width([6, 6], [10, 14], [14, 26]), 'line-opacity': 0.7 } },
    { id: 'project', type: 'line', source: 'projects', layout: { 'line-join': 'round' },
      paint: { 'line-color': SEAL, 'line-width': width([6, 1.6], [10, 3.6], [14, 8]), 'line-dasharray': ['step', ['zoom'], ['literal', [2, 1]], 11, ['literal', [3, 1]]], 'line-opacity': ['case', ['==', ['get', 'status'], 'open'], 0.35, 0.95] } },
    { id: 'flow', type: 'line', source: 'flows', layout: { 'line-cap': 'butt', 'line-join': 'round', 'line-sort-key': ['get', 'size'] },
      paint: { 'line-color': ['get', 'color'], 'line-width': ['interpolate', ['linear'], ['zoom'], 6, ['*', 0.5, ['get', 'size']], 10, ['get', 'size'], 14, ['*', 2, ['get', 'size']]],
        'line-offset': ['interpolate', ['linear'], ['zoom'], 6, ['*', 0.25, ['get', 'size']], 10, ['*', 0.5, ['get', 'size']], 14, ['get', 'size']], 'line-opacity': 0.85 } },
    { id: 'flow-new', type: 'line', source: 'flows', filter: ['==', ['get', 'fresh'], true], layout: { 'line-join': 'round' }, paint: { 'line-color': '#111', 'line-width': 1.4, 'line-dasharray': [2, 2] } },
    { id: 'picked', type: 'line', source: 'picked', layout: round, paint: { 'line-color': SEAL, 'line-width': width([6, 4], [12, 9]), 'line-opacity': 0.8 } },
  ];
}

function routes(): LayerSpecification[] {
  return [
    { id: 'route-casing', type: 'line', source: 'route', layout: round, paint: { 'line-color': '#fff', 'line-width': width([3, 5], [9, 9], [13, 12]), 'line-opacity': ['case', ['get', 'on'], 0.95, 0] } },
    { id: 'route-schematic', type: 'line', source: 'route', filter: ['==', ['get', 'schematic'], true],
      paint: { 'line-color': ['get', 'color'], 'line-width': 3, 'line-dasharray': [2, 2], 'line-opacity': ['case', ['get', 'on'], 1, 0.45] } },
    { id: 'route', type: 'line', source: 'route', filter: ['!=', ['get', 'schematic'], true], layout: { ...round, 'line-sort-key': ['case', ['get', 'on'], 1, 0] },
      paint: { 'line-color': ['get', 'color'], 'line-width': ['interpolate', ['linear'], ['zoom'], 3, ['case', ['get', 'on'], 3, 1.5], 9, ['case', ['get', 'on'], 5.5, 2.5], 13, ['case', ['get', 'on'], 8, 3]], 'line-opacity': ['case', ['get', 'on'], 1, 0.45] } },
    { id: 'end', type: 'circle', source: 'ends', paint: { 'circle-radius': ['case', ['get', 'door'], 7, 4.5], 'circle-color': ['case', ['get', 'door'], SEAL, '#fff'], 'circle-stroke-color': ['case', ['get', 'door'], '#fff', INK], 'circle-stroke-width': 2 } },
    { id: 'end-name', type: 'symbol', source: 'ends', layout: { ...label, 'text-font': BOLD, 'text-size': 13, 'text-variable-anchor': ['left', 'right', 'bottom', 'top'], 'text-radial-offset': 0.9, 'symbol-sort-key': ['case', ['get', 'door'], 0, 1] }, paint: { ...halo, 'text-halo-width': 2 } },
    { id: 'mark', type: 'circle', source: 'marks', paint: { 'circle-radius': 6, 'circle-color': ['get', 'color'], 'circle-stroke-color': '#fff', 'circle-stroke-width': 2 } },
  ];
}

export function mapStyle(): StyleSpecification {
  return {
    version: 8,
    sources: Object.fromEntries(SOURCES.map((s) => [s, { ...empty, ...(s === 'links' ? { tolerance: 0.2, buffer: 32 } : {}) }])),
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': PAPER } },
      { id: 'grid', type: 'line', source: 'grid', maxzoom: 9, paint: { 'line-color': '#e3ddcd', 'line-width': 1 } },
      ...water(), ...roads(), ...rails(), ...planning(), ...routes(), ...labels(),
    ],
  };
}
