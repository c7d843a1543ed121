import { publicationAt, publicationNumber, type Timeline } from '../city/timeline.ts';
import type { Fleet, VehicleState } from './fleet.ts';
import { type FleetIdentity, type PublishedVehicle, publishedVehicles } from './published-vehicles.ts';

/** What a fleet publishes from `published_at` on, before any fault. */
export type VehicleTruth = {
  system_id: string;
  published_at: Date;
  vehicles: PublishedVehicle[];
  /** Vehicles that are being ridden, in a van or in the depot. Together with the parked ones, their number never changes. */
  vehiclesAway: number;
};

/** One true stay of one vehicle: from the first publication that shows it to the first one that no longer does. */
export type TrueVehicleStay = {
  vehicle: number;
  vehicle_type_id: string;
  state: VehicleState;
  /** Position as first published. */
  lat: number;
  lon: number;
  from: Date;
  /** Null when the vehicle is still there at the end. */
  to: Date | null;
};

/**
 * Every stay that a reader of each publication from `fromMs` to `toMs` can see. `fleet` must be new, because it runs
 * from the start; so the cost grows with the age of the run.
 */
export function vehicleStaysBetween(
  fleet: Fleet,
  identity: FleetIdentity,
  timeline: Timeline,
  fromMs: number,
  toMs: number,
): TrueVehicleStay[] {
  const stays: TrueVehicleStay[] = [];
  let open = new Map<string, TrueVehicleStay>();
  const last = publicationAt(timeline, toMs).index;
  for (let index = publicationAt(timeline, fromMs).index; index <= last; index++) {
    const publication = publicationNumber(timeline, index);
    fleet.advanceTo(publication.step);
    const at = new Date(publication.publishedAtMs);
    const next = new Map<string, TrueVehicleStay>();
    for (const vehicle of publishedVehicles(fleet, identity, timeline, publication)) {
      const key = `${vehicle.number}/${vehicle.stay}`;
      const stay = open.get(key) ?? begin(vehicle, at);
      if (!open.has(key)) stays.push(stay);
      next.set(key, stay);
    }
    for (const [key, stay] of open) if (!next.has(key)) stay.to = at;
    open = next;
  }
  return stays;
}

function begin({ number, kind, state, lat, lon }: PublishedVehicle, from: Date): TrueVehicleStay {
  return { vehicle: number, vehicle_type_id: kind.vehicle_type_id, state, lat, lon, from, to: null };
}
