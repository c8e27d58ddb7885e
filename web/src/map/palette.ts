import { Family, Mode } from '@gen/routing_pb';

export const INK = '#1b2632';
export const PAPER = '#f4f1e8';
export const WATER = '#9dc3dd';
export const SEAL = '#b4321f';

export const modeColor: Record<number, string> = {
  [Mode.TRUCK]: '#b34a12',
  [Mode.TRAIN]: '#6b3fa0',
  [Mode.VESSEL]: '#0b6fa4',
  [Mode.FLIGHT]: '#b0256b',
};

export const familyColor: Record<number, string> = {
  [Family.ROAD]: '#b34a12',
  [Family.RAIL_ROAD]: '#6b3fa0',
  [Family.AIR_ROAD]: '#b0256b',
  [Family.RAIL_WATER]: '#0a7263',
  [Family.ROAD_WATER]: '#0b6fa4',
};

/** From clean to dirty: green, ochre, red; 0..1. Dark enough to be seen on paper. */
export function co2Color(part: number): string {
  const stops: [number, number, number][] = [[13, 125, 88], [196, 148, 22], [176, 42, 32]];
  const x = Math.max(0, Math.min(1, part)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(x));
  const mix = stops[i]!.map((c, k) => Math.round(c + (stops[i + 1]![k]! - c) * (x - i)));
  return `rgb(${mix.join(',')})`;
}
