import { signal } from '@preact/signals';
import { AttributionControl, Map as MapLibre, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-csp-worker.js?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { lang } from '../i18n';
import type { Bounds } from '../lib/geo';
import type { Position } from '../lib/polyline';
import { address, note } from '../state/url';
import { mapStyle, type SourceName } from './style';

export interface Feature {
  type: 'Feature';
  geometry: { type: 'LineString'; coordinates: Position[] } | { type: 'Point'; coordinates: Position } | { type: 'Polygon'; coordinates: Position[][] };
  properties: Record<string, string | number | boolean>;
}
export const line = (coordinates: Position[], properties: Feature['properties']): Feature => ({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties });
export const point = (coordinates: Position, properties: Feature['properties']): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties });

setWorkerUrl(workerUrl);

/** The one map of the page; undefined until it is drawn, and where WebGL is missing. */
export const map = signal<MapLibre | undefined>(undefined);
export const mapFailed = signal(false);

export const HOME = { center: [114.95, 30.15] as Position, zoom: 8.6 };

/** What each source shows: kept, so that a second map (swipe) and a new style can show it too. */
const shown = new Map<SourceName, Feature[]>();
const followers = new Set<MapLibre>();

function put(m: MapLibre, name: SourceName, features: Feature[]): void {
  m.getSource<GeoJSONSource>(name)?.setData({ type: 'FeatureCollection', features });
}

export function show(name: SourceName, features: Feature[]): void {
  shown.set(name, features);
  const m = map.peek();
  if (m) put(m, name, features);
  for (const f of followers) if (name !== 'flows') put(f, name, features);
}

/** The longest names of each scale come from the address, so that a link opens the same view. */
function addressedView(): { center: Position; zoom: number } {
  const [z, lat, lon] = (address.peek().query.get('at') ?? '').split(',').map(Number);
  const ok = [z, lat, lon].every((v) => v !== undefined && Number.isFinite(v));
  return ok ? { center: [lon!, lat!], zoom: z! } : HOME;
}

function grid(): Feature[] {
  const out: Feature[] = [];
  for (let lon = -180; lon <= 180; lon += 5) out.push(line([[lon, -80], [lon, 80]], {}));
  for (let lat = -80; lat <= 80; lat += 5) out.push(line([[-180, lat], [180, lat]], {}));
  return out;
}

function make(container: HTMLElement, interactive: boolean): MapLibre {
  const m = new MapLibre({
    container,
    style: mapStyle(),
    ...addressedView(),
    interactive,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    minZoom: 2,
    maxZoom: 17,
    fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
    localIdeographFontFamily: false, // the style names the fonts
    locale: { 'Map.Title': lang.peek() === 'zh' ? '地图' : 'Map' },
  });
  // For tests, and for who wonders whether two maps show the same.
  const tell = (): void => void (container.dataset['at'] = placeOf(m));
  m.on('move', tell);
  tell();
  return m;
}

const placeOf = (m: MapLibre): string => `${m.getZoom().toFixed(2)},${m.getCenter().lat.toFixed(4)},${m.getCenter().lng.toFixed(4)}`;

export function startMap(container: HTMLElement): void {
  let m: MapLibre;
  try {
    m = make(container, true);
  } catch {
    mapFailed.value = true;
    return;
  }
  m.addControl(new AttributionControl({ compact: true }));
  m.addControl(new ScaleControl({ maxWidth: 110 }), 'bottom-left');
  m.touchZoomRotate.disableRotation();
  void m.once('styledata', () => {
    show('grid', grid());
    map.value = m;
    for (const [name, features] of shown) put(m, name, features);
  });
  // For tests and whoever waits for a picture: everything is drawn.
  const pane = container.parentElement;
  m.on('idle', () => void (pane && (pane.dataset['idle'] = 'yes')));
  m.on('dataloading', () => void (pane && delete pane.dataset['idle']));
  noteMoves(m);
}

/** The view is part of the address when somebody moves the map; not when the page does. */
function noteMoves(m: MapLibre): void {
  m.on('moveend', (e: { originalEvent?: unknown }) => {
    if (e.originalEvent === undefined) return;
    note({ at: placeOf(m) });
  });
}

/**
 * A map beside or over the main one (side by side, swipe) that shows the same but for the flows. It follows the main one;
 * one that takes mouse and keys is followed by it, too.
 */
export function startFollower(container: HTMLElement, flows: Feature[], interactive = false): () => void {
  const main = map.peek();
  if (!main) return () => undefined;
  const m = make(container, interactive);
  let busy = false; // a move that this made itself is not answered
  const copy = (from: MapLibre, to: MapLibre) => (): void => {
    if (busy) return;
    busy = true;
    to.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
    busy = false;
  };
  const follow = copy(main, m);
  follow();
  main.on('move', follow);
  if (interactive) {
    m.on('move', copy(m, main));
    noteMoves(m);
  }
  main.resize(); // beside another it has less room
  void m.once('styledata', () => {
    for (const [name, features] of shown) put(m, name, name === 'flows' ? flows : features);
    followers.add(m);
  });
  return () => {
    main.off('move', follow);
    followers.delete(m);
    m.remove();
    setTimeout(() => main.resize());
  };
}

/** How much of the map lies under the panel; fitting leaves it free. */
const margin = (m: MapLibre): number => Math.min(70, m.getContainer().clientWidth / 7);

export function fit(b: Bounds | undefined, maxZoom = 12): void {
  const m = map.peek();
  if (!m || !b) return;
  m.fitBounds([[b.west, b.south], [b.east, b.north]], { padding: margin(m), maxZoom, duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 600 });
}

export function home(): void {
  map.peek()?.easeTo({ ...HOME, duration: 500 });
}

/** The next click on the map, as a point; the returned function gives it up. */
export function nextClick(then: (at: Position, e: MapMouseEvent) => void): () => void {
  const m = map.peek();
  if (!m) return () => undefined;
  const canvas = m.getCanvas();
  const take = (e: MapMouseEvent): void => {
    stop();
    then([e.lngLat.lng, e.lngLat.lat], e);
  };
  const stop = (): void => {
    m.off('click', take);
    canvas.style.cursor = '';
  };
  canvas.style.cursor = 'crosshair';
  m.on('click', take);
  return stop;
}
