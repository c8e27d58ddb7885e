import type { Position } from './polyline';

const RAD = Math.PI / 180;

/** Great-circle distance in metres on the sphere of mean radius (haversine). */
export function distanceM(a: Position, b: Position): number {
  const dLat = (b[1] - a[1]) * RAD;
  const dLon = (b[0] - a[0]) * RAD;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a[1] * RAD) * Math.cos(b[1] * RAD) * Math.sin(dLon / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The great circle from a to b in so many pieces; longitudes run on past 180 rather than jump. */
export function greatCircle(a: Position, b: Position, pieces = 32): Position[] {
  const unit = ([lon, lat]: Position): [number, number, number] => [
    Math.cos(lat * RAD) * Math.cos(lon * RAD),
    Math.cos(lat * RAD) * Math.sin(lon * RAD),
    Math.sin(lat * RAD),
  ];
  const p = unit(a);
  const q = unit(b);
  const angle = Math.acos(Math.max(-1, Math.min(1, p[0] * q[0] + p[1] * q[1] + p[2] * q[2])));
  if (angle < 1e-6 || Math.PI - angle < 1e-6) return [a, b];
  const out: Position[] = [];
  let last = a[0];
  for (let i = 0; i <= pieces; i++) {
    const f = Math.sin(((pieces - i) / pieces) * angle) / Math.sin(angle);
    const g = Math.sin((i / pieces) * angle) / Math.sin(angle);
    const [x, y, z] = [f * p[0] + g * q[0], f * p[1] + g * q[1], f * p[2] + g * q[2]];
    let lon = Math.atan2(y, x) / RAD;
    while (lon - last > 180) lon -= 360;
    while (lon - last < -180) lon += 360;
    last = lon;
    out.push([lon, Math.atan2(z, Math.hypot(x, y)) / RAD]);
  }
  return out;
}

function nearest(line: readonly Position[], p: Position, from: number): number {
  let best = from;
  let bestM = Infinity;
  for (let i = from; i < line.length; i++) {
    const m = distanceM(line[i] as Position, p);
    if (m < bestM) {
      bestM = m;
      best = i;
    }
  }
  return best;
}

/** The piece of a service's line between two of its stops, which are points of it. */
export function cutLine(line: readonly Position[], from: Position, to: Position): Position[] {
  if (line.length < 2) return [from, to];
  const i = nearest(line, from, 0);
  const k = nearest(line, to, i);
  return k > i ? line.slice(i, k + 1) : [from, to];
}

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

export function boundsOf(lines: readonly (readonly Position[])[]): Bounds | undefined {
  let b: Bounds | undefined;
  for (const line of lines)
    for (const [x, y] of line) {
      b ??= { west: x, east: x, south: y, north: y };
      b.west = Math.min(b.west, x);
      b.east = Math.max(b.east, x);
      b.south = Math.min(b.south, y);
      b.north = Math.max(b.north, y);
    }
  return b;
}

export function contains(outer: Bounds, inner: Bounds): boolean {
  return outer.west <= inner.west && outer.south <= inner.south && outer.east >= inner.east && outer.north >= inner.north;
}
