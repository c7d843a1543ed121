import type { BodyFacts } from './body-facts.ts';
import type { Lane } from './coverage.ts';
import { VehicleMemory } from './vehicles/vehicle-memory.ts';

/**
 * What the worker remembers of each system of its partitions, so that a poll is compared without querying the database.
 * It is a copy of the tables: whenever a write fails or another worker took over, the copy of the whole partition is
 * discarded and read again (load-systems.ts). Keys are 0 until the row is written.
 */
export type SystemState = {
  system_key: number;
  system_id: string;
  /** IANA name; null until system_information has supplied it. */
  timezone: string | null;
  /** As ingest states it; null when ingest never did. */
  country: string | null;
  feeds: Map<string, FeedState>;
  /** The keys of the vehicle types that a feed has named, by id. */
  vehicle_types: Map<string, number>;
  /**
   * The form factors in the newest vehicle_types in the database, as last read; null when it gives none. Read again from time to time
   * (load-systems.ts).
   */
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

/** Feeds with vehicle ids have their own topic. Each feed is remembered only by the partition of its topic. */
export type Carries = 'vehicles' | 'others';

/** Times in epoch milliseconds, here and below. */
export type FeedState = {
  feed_key: number;
  feed: string;
  system: SystemState;
  /** The newest lane, which is live now. Null until the first record. */
  live: LaneState | null;
  /** History that was imported before it, oldest first; only lanes in use keep their stations in memory. */
  history: HistoryLane[];
  last_success_at: number | null;
  success_interval_seconds: number | null;
  last_updated: number | null;
  /** The newest record that came from our own poll and not from imported history. */
  last_polled_at: number | null;
  /** The newest poll of the live lane in which a known station had other values than before. */
  last_changed_at: number | null;
  ttl_seconds: number | null;
  consecutive_failures: number;
  last_error: string | null;
  stations_skipped: number;
  /** Facts of the newest accepted body; null before the first. */
  facts: BodyFacts | null;
};

/** A lane with the last known state of each station at its end. */
export type LaneState = {
  lane: Lane;
  stations: Map<string, StationState>;
  /** Counts the polls with stations, so that each station notes which poll saw it last. */
  poll_number: number;
  /** How many of the stations are not absent. */
  present: number;
  /** How many absent stations are only in the tables. */
  let_go: number;
  /** When a station last got a row; null before the first. */
  changed_at: number | null;
  /** When a known station last got other values; null before the first such poll since the lane was loaded. */
  values_changed_at: number | null;
  /** For a feed that lists vehicles. */
  vehicles: VehicleMemory;
  /** The newest version, for a feed that is kept as a document. */
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

/** What a poll says about a station. Unknown counts are -1. */
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
  /** Counts by vehicle type; null if no list ever gave any. */
  types: StationType[] | null;
};

/** How many vehicles of a type a station has, -1 when unknown. If `vehicle_type_id` is null: e-bikes as the feed itself counts them. */
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
