import type { Vehicle } from '../../../src/api/vehicle.ts';
import type { VehicleReplay } from '../../../src/api/vehicle-replay.ts';
import { gapAt, isObserved } from '../replay.ts';

/** The vehicles without a station at a moment; null when it was not observed. Their past range is not recorded. */
export function vehiclesAt(replay: VehicleReplay, atMs: number): Vehicle[] | null {
  if (!isObserved(replay, atMs)) return null;
  const fromMs = Date.parse(replay.from);
  const seconds = (atMs - fromMs) / 1000;
  const vehicles: Vehicle[] = [];
  for (const [lat, lon, kind, state, from, to] of replay.stays) {
    // Stays are in order of their beginnings.
    if (from > seconds) break;
    if (to !== null && to <= seconds) continue;
    const [form_factor = null, propulsion_type = null] = replay.kinds[kind] ?? [];
    vehicles.push({
      vehicle_type_id: null,
      form_factor,
      propulsion_type,
      lat,
      lon,
      station_id: null,
      state: replay.states[state] ?? 'disabled',
      range_meters: null,
      since: new Date(fromMs + 1000 * from).toISOString(),
      since_seen: true,
    });
  }
  return vehicles;
}

/** The number of vehicles at the end of each of `buckets` equal parts of the window; null when not observed. */
export function vehiclesOverTime(replay: VehicleReplay, buckets: number): (number | null)[] {
  const fromMs = Date.parse(replay.from);
  const bucketSeconds = (Date.parse(replay.to) - fromMs) / 1000 / buckets;
  const steps = new Array<number>(buckets + 1).fill(0);
  const bucketOf = (seconds: number) =>
    Math.min(buckets, Math.max(0, Math.ceil(seconds / bucketSeconds) - 1));
  for (const [, , , , from, to] of replay.stays) {
    steps[bucketOf(from)] = (steps[bucketOf(from)] ?? 0) + 1;
    if (to !== null) steps[bucketOf(to)] = (steps[bucketOf(to)] ?? 0) - 1;
  }
  let sum = 0;
  return steps.slice(0, buckets).map((step, bucket) => {
    sum += step;
    return gapAt(replay, fromMs + 1000 * (bucket + 1) * bucketSeconds) === null ? sum : null;
  });
}
