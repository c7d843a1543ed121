import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { ANSWERED } from '../workers/answered.ts';
import { random } from './random.ts';

const START = Date.UTC(2026, 5, 15, 12);
const DAY_MS = 86_400_000;
const TYPES = ['scooter', 'ebike', 'moped-7', null];
const STATES = [{}, { is_reserved: true }, { is_disabled: 1 }];

/**
 * Polls of the vehicles, their types, and counts by type of several systems as in a bad week: vehicles that move a
 * little or far, leave and return, ids that stay or rotate by the clock, empty lists, failures, "not modified", bodies
 * that are not JSON, holes, pauses of more than a day, and pieces of imported history in any order. The same seed gives
 * the same polls.
 */
export function randomVehiclePolls(
  seed: number,
  size: { systems: number; polls: number; vehicles: number },
): PollRecord[] {
  const next = random(seed);
  const fleets = Array.from({ length: size.systems }, (_, index) => newFleet(index, size.vehicles, next));
  const polls: PollRecord[] = [];
  for (let poll = 0; poll < size.polls; poll++) {
    for (const fleet of fleets) polls.push(pollOf(fleet, next));
  }
  return polls;
}

type Vehicle = { id: string; lat: number; lon: number; type: string | null; state: number; there: boolean };

type Fleet = {
  system_id: string;
  feed: string;
  at: number;
  body_id: string | null;
  vehicles: Vehicle[];
  rotates: boolean;
  ids: number;
  archives: number[];
};

function newFleet(index: number, vehicles: number, next: () => number): Fleet {
  const fleet: Fleet = {
    system_id: `system-${index}`,
    feed: index % 2 === 0 ? 'free_bike_status' : 'vehicle_status',
    at: START + index * 100 + 7,
    body_id: null,
    vehicles: [],
    rotates: index % 3 === 1,
    ids: 0,
    archives: [700, 300, 299].map((days) => START - days * DAY_MS),
  };
  for (let number = 0; number < vehicles; number++) {
    fleet.vehicles.push({
      id: newId(fleet),
      lat: 59.9 + next() / 1000,
      lon: 10.7 + next() / 1000,
      type: TYPES[Math.floor(next() * TYPES.length)] ?? null,
      state: 0,
      there: true,
    });
  }
  return fleet;
}

function newId(fleet: Fleet): string {
  fleet.ids += 1;
  return `vehicle-${fleet.system_id}-${fleet.ids}`;
}

function pollOf(fleet: Fleet, next: () => number): PollRecord {
  const kind = next();
  if (kind < 0.15) return importedPoll(fleet, next);
  const pause = next();
  fleet.at += pause < 0.02 ? 30 * 3_600_000 : pause < 0.06 ? Math.ceil(next() * 3600) * 1000 : 30_000;
  const poll = emptyPoll(fleet, fleet.at);
  if (kind < 0.2) return { ...poll, outcome: 'failed', http_status: 503, error: 'http_503' };
  if (kind < 0.25) return { ...poll, outcome: 'unchanged', http_status: 304, body_id: fleet.body_id };
  if (kind < 0.3) return typesPoll(fleet, next);
  if (kind < 0.37) return countsPoll(fleet, next);
  fleet.body_id = pollId(poll);
  if (kind < 0.39) return { ...poll, body: Buffer.from('<html>') };
  if (kind < 0.42) return { ...poll, body: listOf(fleet, []) };
  live(fleet, next);
  return { ...poll, body: listOf(fleet, fleet.vehicles) };
}

function live(fleet: Fleet, next: () => number): void {
  const rotates = fleet.rotates && next() < 0.3;
  for (const vehicle of fleet.vehicles) {
    const kind = next();
    if (kind < 0.06) vehicle.there = !vehicle.there;
    else if (kind < 0.12) Object.assign(vehicle, { lat: 59.9 + next() / 100, lon: 10.7 + next() / 100 });
    else if (kind < 0.5) vehicle.lat += (next() - 0.5) / 10_000;
    else if (kind < 0.55) vehicle.state = Math.floor(next() * 3);
    if (rotates || kind > 0.98) vehicle.id = newId(fleet);
  }
}

function importedPoll(fleet: Fleet, next: () => number): PollRecord {
  const archive = Math.floor(next() * fleet.archives.length);
  // Sometimes the same again.
  if (next() > 0.15) fleet.archives[archive] = (fleet.archives[archive] ?? 0) + 300_000;
  live(fleet, next);
  const poll = emptyPoll(fleet, fleet.archives[archive] ?? 0);
  return { ...poll, imported: true, body: listOf(fleet, fleet.vehicles) };
}

function listOf({ feed }: Fleet, vehicles: Vehicle[]): Buffer {
  const rows = vehicles
    .filter(({ there }) => there)
    .map(({ id, lat, lon, type, state }) => ({
      [feed === 'vehicle_status' ? 'vehicle_id' : 'bike_id']: id,
      lat,
      lon,
      ...STATES[state],
      ...(type !== null && { vehicle_type_id: type, current_range_meters: 12_345 }),
    }));
  return toBody({ [feed === 'vehicle_status' ? 'vehicles' : 'bikes']: rows });
}

function typesPoll(fleet: Fleet, next: () => number): PollRecord {
  const vehicle_types = [
    { vehicle_type_id: 'ebike', form_factor: 'bicycle', propulsion_type: 'electric_assist' },
    {
      vehicle_type_id: 'moped-7',
      form_factor: 'moped',
      propulsion_type: next() < 0.5 ? 'electric' : 'combustion',
    },
  ].filter(() => next() < 0.9);
  return { ...emptyPoll(fleet, fleet.at), feed: 'vehicle_types', body: toBody({ vehicle_types }) };
}

/** station_status of a separate system: random-polls.ts has that of the others. */
function countsPoll(fleet: Fleet, next: () => number): PollRecord {
  const stations = Array.from({ length: 4 }, (_, number) => ({
    station_id: String(number),
    num_bikes_available: 3,
    ...(next() < 0.8 && {
      vehicle_types_available: ['ebike', 'classic']
        .filter(() => next() < 0.8)
        .map((vehicle_type_id) => ({ vehicle_type_id, count: Math.floor(next() * 3) })),
    }),
    ...(next() < 0.2 && { num_ebikes_available: Math.floor(next() * 3) }),
  }));
  const system_id = `${fleet.system_id}-docked`;
  return {
    ...emptyPoll(fleet, fleet.at),
    system_id,
    feed: 'station_status',
    body: toBody({ stations }),
    imported: next() < 0.1,
  };
}

function emptyPoll({ system_id, feed }: Fleet, at: number): PollRecord {
  return {
    ...ANSWERED,
    system_id,
    feed,
    fetched_at: new Date(at),
    source: `https://example.org/${system_id}/${feed}.json`,
    body: Buffer.alloc(0),
  };
}

function toBody(data: object): Buffer {
  return Buffer.from(JSON.stringify({ ttl: 30, data }));
}
