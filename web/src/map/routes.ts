import { Mode, type Leg, type Option } from '@gen/routing_pb';
import { named } from '../i18n';
import { boundsOf, cutLine, greatCircle, type Bounds } from '../lib/geo';
import { decodePolyline, type Position } from '../lib/polyline';
import { setLegend } from './legend';
import { fit, line, point, show, type Feature } from './map';
import { serviceLine, wantServices } from './network';
import { modeColor } from './palette';

const at = (p: Leg['from']): Position | undefined => (p?.point ? [p.point.lon, p.point.lat] : undefined);

/** A truck's way is in the answer, a train's and a ship's in the network, a flight's is the great circle; undefined: not known. */
function legLine(leg: Leg): Position[] | undefined {
  const from = at(leg.from);
  const to = at(leg.to);
  const own = leg.geometry ? decodePolyline(leg.geometry) : [];
  if (!from || !to) return own;
  if (leg.mode === Mode.FLIGHT) return greatCircle(from, to);
  if (leg.serviceId !== 0n && own.length < 3) {
    wantServices();
    return serviceLine(leg.serviceId, from, to, cutLine);
  }
  return own.length > 1 ? own : undefined;
}

const straight = (leg: Leg): Position[] => [at(leg.from), at(leg.to)].filter((p) => p !== undefined);

function ends(o: Option): Feature[] {
  const out: Feature[] = [];
  o.legs.forEach((leg, i) => {
    const from = at(leg.from);
    const to = at(leg.to);
    if (from) out.push(point(from, { name: named(leg.from), door: i === 0 }));
    if (to && i === o.legs.length - 1) out.push(point(to, { name: named(leg.to), door: true }));
  });
  return out;
}

/** Draws the options; the chosen one over the others, or all alike. Returns what they cover. */
export function drawOptions(options: readonly Option[], chosen: number | undefined): void {
  const features: Feature[] = [];
  const lines: Position[][] = [];
  options.forEach((o, i) => {
    const on = i === chosen;
    if (chosen !== undefined && !on) return;
    for (const leg of o.legs) {
      const way = legLine(leg);
      const l = way ?? straight(leg);
      lines.push(l);
      features.push(line(l, { color: modeColor[leg.mode] ?? '#333', on: on || chosen === undefined, mode: leg.mode, schematic: way === undefined }));
    }
  });
  show('route', features);
  setLegend('routes', features.some((f) => f.properties['schematic']) ? [{ text: 'map.schematic', color: '#333', dashed: true }] : []);
  const which = options[chosen ?? 0];
  show('ends', which ? (chosen === undefined ? ends(which).filter((f) => f.properties['door'] === true) : ends(which)) : []);
  fitSoon(boundsOf(lines));
}

let last = '';
function fitSoon(b: Bounds | undefined): void {
  const key = JSON.stringify(b);
  if (b && key !== last) fit(b);
  last = key;
}

export function clearOptions(): void {
  show('route', []);
  show('ends', []);
  setLegend('routes', []);
  last = '';
}
