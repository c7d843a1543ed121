import { type Publication, STEP_SECONDS, secondOfStep, type Timeline } from '../city/timeline.ts';
import { hashText } from '../random.ts';
import { type Fleet, movedBy, type Vehicle, type VehicleState } from './fleet.ts';
import { type IdRegime, vehicleIdOf } from './vehicle-id.ts';
import type { VehicleKind } from './vehicle-kinds.ts';

/** A parked vehicle as published. `number` and `stay` are true facts that no feed publishes. */
export type PublishedVehicle = {
  vehicle_id: string;
  number: number;
  stay: number;
  kind: VehicleKind;
  lat: number;
  lon: number;
  state: VehicleState;
  /** Null for a vehicle without a battery. */
  battery: number | null;
  rangeMeters: number | null;
  lastReported: number /* epoch seconds */;
};

export type FleetIdentity = { seed: string; regime: IdRegime };

export function* publishedVehicles(
  fleet: Fleet,
  { seed, regime }: FleetIdentity,
  timeline: Timeline,
  publication: Publication,
): Generator<PublishedVehicle> {
  const simulatedSecond = publication.step * STEP_SECONDS;
  for (const vehicle of fleet.vehicles) {
    if (vehicle.away) continue;
    const { number, stay, kind, state } = vehicle;
    const range =
      kind.maxRangeMeters === null ? null : Math.floor((vehicle.battery * kind.maxRangeMeters) / 100) * 100;
    yield {
      vehicle_id: vehicleIdOf(seed, regime, vehicle, simulatedSecond),
      number,
      stay,
      kind,
      ...withNoise(vehicle, seed, publication.step),
      state,
      battery: range === null ? null : Math.round(vehicle.battery * 100) / 100,
      rangeMeters: range,
      lastReported: secondOfStep(
        timeline,
        Math.max(vehicle.changedAtStep, lastFixStep(vehicle, publication.step)),
      ),
    };
  }
}

/** A parked vehicle measures its position every ten minutes, each at its own offset. */
const FIX_STEPS = 600 / STEP_SECONDS;
/** In recorded fleets, 91 to 99 % of positions stay within 10 m and nearly all within 30 m. */
const NOISE_METERS_MAX = 20;

const fixOf = ({ number }: Vehicle, step: number) => Math.floor((step + number * 37) / FIX_STEPS);

/** A vehicle reports with each position fix, and also when something happens to it. */
function lastFixStep(vehicle: Vehicle, step: number): number {
  return fixOf(vehicle, step) * FIX_STEPS - vehicle.number * 37;
}

function withNoise(vehicle: Vehicle, seed: string, step: number): { lat: number; lon: number } {
  const hash = hashText(`${seed}/${vehicle.number}/${fixOf(vehicle, step)}`);
  const turn = ((hash & 0xffff) / 0xffff) * 2 * Math.PI;
  // Most fixes are good and few are bad, so take the fifth power of a uniform number.
  const meters = ((hash >>> 16) / 0xffff) ** 5 * NOISE_METERS_MAX;
  const { lat, lon } = movedBy(vehicle, meters * Math.cos(turn), meters * Math.sin(turn));
  return { lat: roundTo6(lat), lon: roundTo6(lon) };
}

function roundTo6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
