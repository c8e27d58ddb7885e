import { effect } from '@preact/signals';
import type { NetworkCorridor } from '@gen/operations_pb';
import { named } from '../i18n';
import { boundsOf } from '../lib/geo';
import { decodePolyline } from '../lib/polyline';
import { fit, line, map, show, type Feature } from '../map/map';
import { setLegend } from '../map/legend';
import { corridors, projects } from '../map/network';
import { SEAL } from '../map/palette';

const AXIS_COLORS: Record<string, string> = { v: '#0b6fa4', h: '#0a7263', l: '#b0256b' };
export const axisOf = (c: NetworkCorridor): string => c.corridorId.charAt(0);
export const axisColor = (axis: string): string => AXIS_COLORS[axis] ?? '#555';

export interface Layers {
  corridors: boolean;
  projects: boolean;
  corridor: string; // the chosen one
  project: string;
}

function corridorFeatures(l: Layers): Feature[] {
  if (!l.corridors) return [];
  return corridors.value.flatMap((c) => c.geometry.map((g) => line(decodePolyline(g), { color: axisColor(axisOf(c)), on: l.corridor === c.corridorId, name: named(c) })));
}

function projectFeatures(l: Layers): Feature[] {
  if (!l.projects && l.project === '') return [];
  return projects.value
    .filter((p) => l.projects || p.projectId === l.project)
    .flatMap((p) => p.geometry.map((g, i) => line(decodePolyline(g), { status: p.status, on: p.projectId === l.project, name: named(p), id: String(p.linkIds[i] ?? '') })));
}

/** Draws the layers whenever they, the network or the language change; the returned function takes them away. */
export function drawLayers(layers: () => Layers): () => void {
  let shown = '';
  const stop = effect(() => {
    const l = layers();
    if (!map.value) return;
    show('corridors', corridorFeatures(l));
    show('projects', projectFeatures(l));
    setLegend('layers', [
      ...(l.corridors ? (['v', 'h', 'l'] as const).map((a) => ({ text: `p.axis.${a}` as const, color: axisColor(a) })) : []),
      ...(l.projects ? [{ text: 'p.key.project' as const, color: SEAL, dashed: true }] : []),
    ]);
    const chosen = projects.value.find((p) => p.projectId === l.project) ?? corridors.value.find((c) => c.corridorId === l.corridor);
    const key = `${l.project} ${l.corridor} ${chosen ? 1 : 0}`;
    if (chosen && key !== shown) fit(boundsOf(chosen.geometry.map(decodePolyline)), 11.5);
    shown = key;
  });
  return () => {
    stop();
    show('corridors', []);
    show('projects', []);
    setLegend('layers', []);
  };
}
