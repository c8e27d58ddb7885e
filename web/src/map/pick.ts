import { effect } from '@preact/signals';
import type { MapMouseEvent } from 'maplibre-gl';
import { decodePolyline } from '../lib/polyline';
import { line, map, show } from './map';
import { links } from './network';

const ROADS = ['road-motorway', 'road-trunk', 'road-primary', 'road-secondary', 'road-tertiary', 'unbuilt', 'project'];
const REACH_PX = 6;

/** Every click on a road tells its link id, until stopped. */
export function pickLinks(then: (id: string) => void): () => void {
  const m = map.peek();
  if (!m) return () => undefined;
  const layers = ROADS.filter((l) => m.getLayer(l));
  const at = (e: MapMouseEvent) => m.queryRenderedFeatures([[e.point.x - REACH_PX, e.point.y - REACH_PX], [e.point.x + REACH_PX, e.point.y + REACH_PX]], { layers })[0]?.properties['id'] as string | undefined;
  const click = (e: MapMouseEvent): void => {
    const id = at(e);
    if (id) then(id);
  };
  const hover = (e: MapMouseEvent): void => void (m.getCanvas().style.cursor = at(e) ? 'pointer' : 'crosshair');
  m.getCanvas().style.cursor = 'crosshair';
  m.on('click', click);
  m.on('mousemove', hover);
  return () => {
    m.off('click', click);
    m.off('mousemove', hover);
    m.getCanvas().style.cursor = '';
  };
}

let stop: (() => void) | undefined;

/** Marks the links on the map, also when they come later. */
export function showPicked(ids: readonly string[]): void {
  stop?.();
  stop = effect(() => {
    const known = links.value;
    show('picked', ids.map((id) => known.get(BigInt(id))).filter((l) => l !== undefined).map((l) => line(decodePolyline(l.geometry), {})));
  });
}
