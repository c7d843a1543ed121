import type { StationInformation } from '@velolog/gbfs/feeds/station-information';
import type { SystemInformation } from '@velolog/gbfs/feeds/system-information';
import type { SystemRegion } from '@velolog/gbfs/feeds/system-regions';
import type { VehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import type { CoverageSpan, Lane } from './coverage.ts';
import type {
  Absence,
  DocumentVersion,
  FeedState,
  LaneState,
  StationState,
  StationType,
  StationValues,
  SystemState,
} from './system-state.ts';
import type { ListedVehicle, VehicleStay } from './vehicles/vehicle-state.ts';

/**
 * What a run of records has to write, gathered so that one transaction of a few statements does it.
 * Rows that several records touch are here once, in their last form.
 */
export type PendingWrites = {
  systems: Set<SystemState>;
  feeds: Set<FeedState>;
  /** Feeds whose newest body told something else than the one before. */
  bodies: Set<FeedState>;
  /** Stations that status lists for the first time in their lane, and when: later records may change their state at once. */
  stations: Map<StationState, { system: SystemState; first_observed_at: number }>;
  status: StatusRow[];
  /** Stations whose row in station_state is to follow. */
  states: Set<StationState>;
  absences: Set<Absence>;
  spans: Map<CoverageSpan, FeedState>;
  lanes: Map<Lane, FeedState>;
  information: Map<SystemState, Map<string, StationInformation>>;
  systemInformation: Map<SystemState, SystemInformation>;
  /** Systems whose country is to follow. */
  countries: Set<SystemState>;
  /** By id: a later list may leave out what an earlier one of the same transaction named, and its row stays. */
  regions: Map<SystemState, Map<string, SystemRegion>>;
  /** Ids that need a key. */
  vehicleTypes: Map<SystemState, Set<string>>;
  typeDefinitions: Map<SystemState, Map<string, VehicleType>>;
  typeStatus: TypeStatusRow[];
  /** Those whose row in station_type_state is to follow. */
  typeStates: Map<StationType, SystemState>;
  stays: Map<VehicleStay, FeedState>;
  /** By id, of each lane: the vehicle whose row is to follow, or null where the id is to be forgotten. */
  listed: Map<LaneState, { feed: FeedState; vehicles: Map<string, ListedVehicle | null> }>;
  documents: Set<DocumentVersion>;
  /** Live lists of which something changed that their summaries count. */
  summaries: Map<FeedState, 'stations' | 'vehicles'>;
};

/** One row of velolog.station_type_status. */
export type TypeStatusRow = {
  type: StationType;
  system: SystemState;
  observed_at: number;
  num_available: number;
};

/** One row of velolog.station_status. */
export type StatusRow = StationValues & { station: StationState };

export function noWrites(): PendingWrites {
  return {
    systems: new Set(),
    feeds: new Set(),
    bodies: new Set(),
    stations: new Map(),
    status: [],
    states: new Set(),
    absences: new Set(),
    spans: new Map(),
    lanes: new Map(),
    information: new Map(),
    systemInformation: new Map(),
    countries: new Set(),
    regions: new Map(),
    vehicleTypes: new Map(),
    typeDefinitions: new Map(),
    typeStatus: [],
    typeStates: new Map(),
    stays: new Map(),
    listed: new Map(),
    documents: new Set(),
    summaries: new Map(),
  };
}
