import type { BodyFacts } from './body-facts.ts';
import type { Lane } from './coverage.ts';
import { VehicleMemory } from './vehicles/vehicle-memory.ts';

/**
 * What the worker remembers of each system of its partitions, so that a poll is compared without asking the
 * database. It is a copy of what the tables say: whenever a write fails or another worker took over, the copy of
 * the whole partition is thrown away and read again (load-systems.ts). Keys are 0 until the row is written.
 */
export type SystemState = {
  system_key: number;
  system_id: string;
  /** IANA name; null before system_information told it. */
  timezone: string | null;
  /** As ingest says; null: ingest never said. */
  country: string | null;
  feeds: Map<string, FeedState>;
  /** The keys of the vehicle types that a feed named, by their ids. */
  vehicle_types: Map<string, number>;
  /** What the newest vehicle_types in the database, as last read, says of them; null: nothing. Read again now and then (load-systems.ts). */
  form_factors: Map<string, string | null>;
};

export function newSystem(system_id: string): SystemState {
  return {
    system_key: 0,
    system_id,
    timezone: null,
    country: null,
    feeds: new Map(),
    vehicle_types: new Map(),
    form_factors: new Map(),
  };
}

/** Feeds with vehicle ids have a topic of their own; each feed is remembered by the partition of its topic alone. */
export type Carries = 'vehicles' | 'others';

/** Times in epoch milliseconds, here and below. */
export type FeedState = {
  feed_key: number;
  feed: string;
  system: SystemState;
  /** The newest lane: what is live now. Null until the first record. */
  live: LaneState | null;
  /** History that was imported before it, oldest first; only the stations of lanes in use are in memory. */
  history: HistoryLane[];
  last_success_at: number | null;
  success_interval_seconds: number | null;
  last_updated: number | null;
  /** The newest record that was a poll of ours, not imported history. */
  last_polled_at: number | null;
  /** The newest poll of the live lane in which a station that was known had other values than before. */
  last_changed_at: number | null;
  ttl_seconds: number | null;
  consecutive_failures: number;
  last_error: string | null;
  stations_skipped: number;
  /** What the newest accepted body told; null before the first. */
  facts: BodyFacts | null;
};

/** A lane with the last known state of each station at its end. */
export type LaneState = {
  lane: Lane;
  stations: Map<string, StationState>;
  /** Counts the polls with stations, so that a station remembers which one saw it last. */
  poll_number: number;
  /** How many of the stations are not absent. */
  present: number;
  /** How many absent stations are in the tables alone. */
  let_go: number;
  /** When a station last got a row; null before the first. */
  changed_at: number | null;
  /** When a station that was known before got other values; null before the first such poll since this was read. */
  values_changed_at: number | null;
  /** Of a feed that lists vehicles. */
  vehicles: VehicleMemory;
  /** The newest version of a feed that is kept as a document. */
  document: DocumentVersion | null;
};

/** A version of a document. `text` is its JSON until it is written. */
export type DocumentVersion = {
  feed: FeedState;
  hash: string;
  valid_from: number;
  valid_to: number | null;
  text: string | null;
};

export type HistoryLane = { from_at: number; to_at: number; state: LaneState | null };

/** What a poll says of a station. Counts that are not known are -1. */
export type StationValues = {
  /** Epoch milliseconds. */
  observed_at: number;
  /** Epoch seconds. */
  last_reported: number | null;
  num_bikes_available: number;
  num_docks_available: number;
  num_bikes_disabled: number;
  num_docks_disabled: number;
  flags: number;
};

export type StationState = StationValues & {
  station_key: number;
  station_id: string;
  state_since: number;
  seen_in_poll: number;
  absence: Absence | null;
  /** Counts by vehicle type; null where no list ever told any. */
  types: StationType[] | null;
};

/** How many vehicles of a type a station has, -1 where that is not known. `vehicle_type_id` null: e-bikes, as the feed itself counts them. */
export type StationType = {
  station: StationState;
  vehicle_type_id: string | null;
  num_available: number;
  observed_at: number;
};

export type Absence = { station: StationState; last_seen_at: number; from_at: number; to_at: number | null };

export function newFeed(system: SystemState, feed: string): FeedState {
  return {
    feed_key: 0,
    feed,
    system,
    live: null,
    history: [],
    last_success_at: null,
    success_interval_seconds: null,
    last_updated: null,
    last_polled_at: null,
    last_changed_at: null,
    ttl_seconds: null,
    consecutive_failures: 0,
    last_error: null,
    stations_skipped: 0,
    facts: null,
  };
}

export function newLaneState(lane: Lane): LaneState {
  return {
    lane,
    stations: new Map(),
    poll_number: 0,
    present: 0,
    let_go: 0,
    changed_at: null,
    values_changed_at: null,
    vehicles: new VehicleMemory(),
    document: null,
  };
}
