import { TerraDraw, TerraDrawLineStringMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { Position } from '../lib/polyline';
import { map } from '../map/map';
import { SEAL } from '../map/palette';

/** Draws one line after the other until stopped; each is told when it is finished. */
export function startSketch(onLine: (points: Position[]) => void): () => void {
  const m = map.peek();
  if (!m) return () => undefined;
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map: m }),
    modes: [new TerraDrawLineStringMode({ styles: { lineStringColor: SEAL, lineStringWidth: 4, closingPointColor: SEAL, closingPointWidth: 6 } })],
  });
  draw.start();
  draw.setMode('linestring');
  const zoom = m.doubleClickZoom.isEnabled();
  m.doubleClickZoom.disable();
  draw.on('finish', (id) => {
    const f = draw.getSnapshot().find((x) => x.id === id);
    const points = f?.geometry.type === 'LineString' ? (f.geometry.coordinates as Position[]) : [];
    queueMicrotask(() => draw.clear());
    if (points.length > 1) onLine(points);
  });
  return () => {
    draw.stop();
    if (zoom) m.doubleClickZoom.enable();
  };
}
