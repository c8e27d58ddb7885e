import { create } from '@bufbuild/protobuf';
import { Family, Mode, OptionSchema, type Leg, type Option } from '@gen/routing_pb';
import { routing } from '../api/client';

/**
 * The ways of a booked option's trucks. A booking keeps places and times, not lines: how a truck drives is asked again, of the
 * network as it is now. A leg whose way is not found keeps none and is drawn straight, as schematic.
 */
const FULL_TRUCK_KG = 10_000n; // the class is given, so the mass only has to fit one truck
const known = new Map<string, Promise<string>>();

function wayOf(leg: Leg): Promise<string> {
  const [from, to] = [leg.from?.nodeId ?? 0n, leg.to?.nodeId ?? 0n];
  const key = `${from} ${to} ${leg.vehicleClass}`;
  let way = known.get(key);
  if (!way) {
    way = routing
      .findRoutes({
        origin: { by: { case: 'nodeId', value: from } },
        destination: { by: { case: 'nodeId', value: to } },
        cargo: { commodity: 'general', massKg: FULL_TRUCK_KG },
        vehicle: { vehicleClass: leg.vehicleClass },
        families: [Family.ROAD],
        readyAt: BigInt(Math.max(Math.floor(Date.now() / 1000), Number(leg.departAt))),
        maxOptions: 1,
      })
      .then((r) => r.options[0]?.legs.find((l) => l.geometry !== '')?.geometry ?? '')
      .catch(() => {
        known.delete(key); // asked again next time
        return '';
      });
    known.set(key, way);
  }
  return way;
}

export async function withWays(o: Option): Promise<Option> {
  const legs = await Promise.all(o.legs.map(async (leg) => (leg.mode === Mode.TRUCK && leg.geometry === '' && leg.from?.nodeId !== leg.to?.nodeId ? { ...leg, geometry: await wayOf(leg) } : leg)));
  return create(OptionSchema, { ...o, legs });
}
