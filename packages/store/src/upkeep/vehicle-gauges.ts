import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { impliedVehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import { Gauge, type Registry } from 'prom-client';
import type { FeedState, LaneState, SystemState } from '../memory/system-state.ts';

/** For a type that vehicle_types does not define. */
const UNKNOWN = 'unknown';
const STATES = ['available', 'reserved', 'disabled'] as const;

/**
 * The fleet of each system of this worker's partitions, counted when Prometheus scrapes. A system whose vehicles were
 * never observed has no series. Other systems have a series for each form factor that they are known to have, so that
 * an empty list gives 0 instead of no series.
 */
export function createVehicleGauges(registry: Registry, systems: () => Iterable<SystemState>) {
  const registers = [registry];
  return {
    vehicles: new Gauge({
      name: 'gbfs_system_vehicles',
      help: 'Vehicles in the newest list of the system, by form factor (unknown where vehicle_types defines none) and state; without vehicles at stations, which count there',
      labelNames: ['system', 'form_factor', 'state'],
      registers,
      collect() {
        this.reset();
        for (const [system, { live }] of fleetsOf(systems())) {
          for (const [form_factor, counts] of countFleet(system, live)) {
            for (const state of STATES)
              this.set({ system: system.system_id, form_factor, state }, counts[state]);
          }
        }
      },
    }),
    vehicles_observed: new Gauge({
      name: 'gbfs_system_vehicles_last_observed_timestamp_seconds',
      help: 'Fetch time of the newest observation of vehicles in the database',
      labelNames: ['system'],
      registers,
      collect() {
        this.reset();
        for (const [{ system_id }, { live }] of fleetsOf(systems()))
          this.set({ system: system_id }, (live.lane.observed_at ?? 0) / 1000);
      },
    }),
    vehicles_changed: new Gauge({
      name: 'gbfs_system_vehicles_last_change_timestamp_seconds',
      help: 'Fetch time of the newest poll in which a vehicle came, went, moved or changed state; before the first, when recording began',
      labelNames: ['system'],
      registers,
      collect() {
        this.reset();
        for (const [{ system_id }, feed] of fleetsOf(systems())) {
          const changed = feed.live.values_changed_at ?? feed.last_changed_at ?? feed.live.lane.from_at;
          this.set({ system: system_id }, changed / 1000);
        }
      },
    }),
  };
}

type ObservedFeed = FeedState & { live: LaneState };

/** The vehicle feed of each system. If a system had it under two names, the one that was fetched last counts (api.vehicle_feed). */
function* fleetsOf(systems: Iterable<SystemState>): Generator<[SystemState, ObservedFeed]> {
  for (const system of systems) {
    let newest: ObservedFeed | undefined;
    for (const feed of system.feeds.values()) {
      if (!hasVehicleIds(feed.feed) || !isLive(feed)) continue;
      if (newest === undefined || feed.live.lane.to_at > newest.live.lane.to_at) newest = feed;
    }
    if (newest !== undefined && newest.live.lane.observed_at !== null) yield [system, newest];
  }
}

function isLive(feed: FeedState): feed is ObservedFeed {
  return feed.live !== null;
}

type Counts = Record<(typeof STATES)[number], number>;

function countFleet(system: SystemState, { vehicles }: LaneState): Map<string, Counts> {
  const fleet = new Map<string, Counts>();
  const countsOf = (form_factor: string): Counts => {
    let counts = fleet.get(form_factor);
    if (counts === undefined) {
      counts = { available: 0, reserved: 0, disabled: 0 };
      fleet.set(form_factor, counts);
    }
    return counts;
  };
  for (const form_factor of system.form_factors.values()) {
    if (form_factor !== null) countsOf(form_factor);
  }
  for (const { vehicle_type_id, station_id, state } of vehicles.standing()) {
    if (station_id === null) countsOf(formFactorOf(system, vehicle_type_id))[state] += 1;
  }
  if (fleet.size === 0) countsOf(UNKNOWN);
  return fleet;
}

function formFactorOf({ form_factors }: SystemState, vehicle_type_id: string | null): string {
  if (vehicle_type_id === null) return UNKNOWN;
  const read = form_factors.get(vehicle_type_id);
  // A type that was named after the form factors were read gets what its name implies: its row has the same until it is
  // defined.
  return (read === undefined ? impliedVehicleType(vehicle_type_id)?.form_factor : read) ?? UNKNOWN;
}
