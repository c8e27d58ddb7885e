/** The encoded polyline algorithm with 5 digits, as the daemon writes geometry. Positions are [lon, lat]. */
export type Position = [number, number];

export function decodePolyline(text: string): Position[] {
  const out: Position[] = [];
  let at = 0;
  let lat = 0;
  let lon = 0;
  const next = (): number => {
    let shift = 0;
    let value = 0;
    for (;;) {
      const b = text.charCodeAt(at++) - 63;
      if (Number.isNaN(b) || shift > 30) throw new RangeError('the polyline ends within a number');
      value |= (b & 31) << shift;
      shift += 5;
      if (b < 32) return value & 1 ? ~(value >> 1) : value >> 1;
    }
  };
  while (at < text.length) {
    lat += next();
    lon += next();
    out.push([lon / 1e5, lat / 1e5]);
  }
  return out;
}

export function encodePolyline(points: readonly Position[]): string {
  let text = '';
  let lat = 0;
  let lon = 0;
  const put = (v: number): void => {
    let u = v < 0 ? ~(v << 1) : v << 1;
    for (; u >= 32; u >>>= 5) text += String.fromCharCode((32 | (u & 31)) + 63);
    text += String.fromCharCode(u + 63);
  };
  for (const [x, y] of points) {
    const nextLat = Math.round(y * 1e5);
    const nextLon = Math.round(x * 1e5);
    put(nextLat - lat);
    put(nextLon - lon);
    lat = nextLat;
    lon = nextLon;
  }
  return text;
}
