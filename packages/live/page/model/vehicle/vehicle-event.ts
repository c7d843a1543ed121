import type { VehiclesEvent } from '../../../src/api/events.ts';
import type { Vehicle } from '../../../src/api/vehicle.ts';

/**
 * The list after an event: each row of `vanished` is removed once, and those of `appeared` are added.
 * @returns null when a row to remove is missing: the page's list is not the one that the event is about
 */
export function applyEvent(
  vehicles: readonly Vehicle[],
  { appeared, vanished }: Pick<VehiclesEvent, 'appeared' | 'vanished'>,
): Vehicle[] | null {
  const gone = new Map<string, number>();
  for (const row of vanished) gone.set(textOf(row), (gone.get(textOf(row)) ?? 0) + 1);
  const times = new Set(vanished.map(({ since }) => since));
  let missing = vanished.length;
  const left = vehicles.filter((vehicle) => {
    // Most rows have another time, so their texts are not needed.
    if (!times.has(vehicle.since)) return true;
    const text = textOf(vehicle);
    const count = gone.get(text) ?? 0;
    if (count === 0) return true;
    gone.set(text, count - 1);
    missing--;
    return false;
  });
  return missing > 0 ? null : [...left, ...appeared];
}

function textOf(vehicle: Vehicle): string {
  return JSON.stringify([
    vehicle.vehicle_type_id,
    vehicle.form_factor,
    vehicle.propulsion_type,
    vehicle.lat,
    vehicle.lon,
    vehicle.station_id,
    vehicle.state,
    vehicle.range_meters,
    vehicle.since,
    vehicle.since_seen,
  ]);
}
