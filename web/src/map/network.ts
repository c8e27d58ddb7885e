import { batch, effect, signal } from '@preact/signals';
import { Mode } from '@gen/routing_pb';
import type { GetNetworkReply, NetworkCorridor, NetworkLink, NetworkProject, NetworkService, NetworkTerminal } from '@gen/operations_pb';
import { comebacks, explainError, identity, operations } from '../api/client';
import { lang, named } from '../i18n';
import { contains, type Bounds } from '../lib/geo';
import { decodePolyline, type Position } from '../lib/polyline';
import { line, map, point, show, type Feature } from './map';
import { modeColor } from './palette';

/** What GetNetwork told, for whoever needs more than the drawing. */
export const links = signal<ReadonlyMap<bigint, NetworkLink>>(new Map());
export const services = signal<ReadonlyMap<bigint, NetworkService>>(new Map());
export const terminals = signal<ReadonlyMap<bigint, NetworkTerminal>>(new Map());
export const corridors = signal<readonly NetworkCorridor[]>([]);
export const projects = signal<readonly NetworkProject[]>([]);
export const leftOut = signal(0);
export const attribution = signal('');
export const networkError = signal('');
/** The network, or a scenario of it, that the map shows. */
export const shownScenario = signal('');

/** A network of no more links comes whole with the first answer; of a larger one so many are drawn in a view, the most important. */
const WHOLE_LINKS = 3000;
const VIEW_LINKS = 6000;

interface Held {
  box: Bounds | undefined; // undefined: everything
  zoom: number;
  complete: boolean; // nothing was left out
}
let held: Held | undefined;
let asking: AbortController | undefined;
let places: GetNetworkReply['places'] = [];

const linkFeature = (l: NetworkLink): Feature =>
  line(decodePolyline(l.geometry), {
    id: String(l.linkId), mode: l.mode, class: l.roadClass, status: l.status, length: Number(l.lengthM),
    name: lang.peek() === 'zh' ? l.nameZh : l.ref, fresh: l.newLink,
  });

const placeWeight: Record<string, number> = { junction: 0, interchange: 0, city: 3, airport: 2, port: 2, district: 2 };

/** From near by the terminals themselves carry these names. */
const TERMINAL_KINDS = new Set(['rail_yard', 'port', 'airport', 'logistics_park', 'rural_station']);

function drawPlaces(): void {
  show('places', places.filter((p) => p.point).map((p) => point([p.point!.lon, p.point!.lat], { name: named(p), weight: placeWeight[p.kind] ?? 1, terminal: TERMINAL_KINDS.has(p.kind) })));
}

function drawTerminals(): void {
  const color = (t: NetworkTerminal): string => modeColor[t.modes.find((m) => m !== Mode.TRUCK) ?? Mode.TRUCK] ?? '#555';
  show('terminals', [...terminals.peek().values()].filter((t) => t.place?.point).map((t) => point([t.place!.point!.lon, t.place!.point!.lat], { name: named(t), id: String(t.terminalId), color: color(t) })));
}

const drawLinks = (): void => show('links', [...links.peek().values()].map(linkFeature));

function take(r: GetNetworkReply): void {
  batch(() => {
    links.value = new Map(r.links.map((l) => [l.linkId, l]));
    leftOut.value = r.leftOut;
    attribution.value = r.attribution;
    networkError.value = '';
    places = r.places;
  });
  drawLinks();
  drawPlaces();
}

/** A box half as large again as the view on each side, so that a small move asks nothing. */
function around(): Bounds {
  const b = map.peek()!.getBounds();
  const [w, h] = [(b.getEast() - b.getWest()) / 2, (b.getNorth() - b.getSouth()) / 2];
  return { west: Math.max(-180, b.getWest() - w), east: Math.min(180, b.getEast() + w), south: Math.max(-85, b.getSouth() - h), north: Math.min(85, b.getNorth() + h) };
}

function view(): Bounds {
  const b = map.peek()!.getBounds();
  return { west: Math.max(-180, b.getWest()), east: Math.min(180, b.getEast()), south: Math.max(-85, b.getSouth()), north: Math.min(85, b.getNorth()) };
}

/** Asks for what the view shows unless it is there: a small network comes whole with the first answer. */
async function look(): Promise<void> {
  const m = map.peek();
  if (!m) return;
  const zoom = Math.min(22, Math.ceil(m.getZoom()));
  if (held && held.zoom >= zoom && held.zoom - zoom < 4 && (held.box === undefined || contains(held.box, view()))) return;
  if (held?.complete && held.box === undefined && held.zoom >= 14) return;
  const whole = held === undefined || held.complete;
  const box = whole ? undefined : around();
  asking?.abort();
  asking = new AbortController();
  const ask = whole ? Math.max(zoom, 14) : zoom;
  try {
    const r = await operations.getNetwork(
      { zoom: ask, withLinks: true, withPlaces: true, maxLinks: whole ? WHOLE_LINKS : VIEW_LINKS, scenarioId: shownScenario.peek(), ...(box ? { box: { south: box.south, west: box.west, north: box.north, east: box.east } } : {}) },
      { signal: asking.signal },
    );
    if (whole && r.leftOut > 0) {
      held = { box: undefined, zoom: -1, complete: false }; // a large network: by the view from now on
      return await look();
    }
    held = { box, zoom: ask, complete: r.leftOut === 0 };
    take(r);
  } catch (e) {
    const text = explainError(e);
    if (text) networkError.value = text;
  }
}

/** What does not depend on the view: terminals, corridors, projects. */
async function lookOnce(): Promise<void> {
  try {
    const r = await operations.getNetwork({ zoom: 10, withTerminals: true, withCorridors: true, withProjects: true, scenarioId: shownScenario.peek() });
    batch(() => {
      terminals.value = new Map(r.terminals.map((t) => [t.terminalId, t]));
      corridors.value = r.corridors;
      projects.value = r.projects;
    });
    drawTerminals();
  } catch (e) {
    const text = explainError(e);
    if (text) networkError.value = text;
  }
}

let courses: Promise<void> | undefined;

/** Where trains and ships go, for who draws them: a large network works a second on their courses, so nobody waits for it. */
export function wantServices(): void {
  courses ??= operations.getNetwork({ zoom: 10, withServices: true, scenarioId: shownScenario.peek() }).then(
    (r) => void (services.value = new Map(r.services.map((s) => [s.serviceId, s]))),
    (e: unknown) => {
      courses = undefined;
      networkError.value = explainError(e) || networkError.peek();
    },
  );
}

export function startNetwork(): void {
  void lookOnce();
  effect(() => {
    void comebacks.value;
    void identity.value;
    void shownScenario.value;
    const m = map.value;
    if (!m) return undefined;
    held = undefined;
    if (courses) {
      courses = undefined;
      wantServices();
    }
    void look();
    if (comebacks.peek() > 0 || identity.peek() || shownScenario.peek()) void lookOnce();
    const moved = (): void => void look();
    m.on('moveend', moved);
    return () => void m.off('moveend', moved);
  });
  effect(() => {
    void lang.value;
    if (!map.peek()) return;
    drawPlaces();
    drawTerminals();
    drawLinks();
  });
}

/** The way of a service between two of its terminals; undefined when it is not known. */
export function serviceLine(serviceId: bigint, from: Position, to: Position, cut: (l: Position[], a: Position, b: Position) => Position[]): Position[] | undefined {
  const s = services.value.get(serviceId);
  return s && s.geometry !== '' ? cut(decodePolyline(s.geometry), from, to) : undefined;
}
