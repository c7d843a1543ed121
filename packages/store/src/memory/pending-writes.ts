import type { SystemInformation } from '@velolog/gbfs/feeds/system-information';
import type { SystemRegion } from '@velolog/gbfs/feeds/system-regions';
import type { VehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import type { CoverageSpan, Lane } from './coverage.ts';
import type { ListedStations } from './listed-stations.ts';
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
 * What a run of records must write, collected so that one transaction of a few statements does it. A row that several
 * records change is here once, in its last form.
 */
export type PendingWrites = {
  systems: Set<SystemState>;
  feeds: Set<FeedState>;
  /** Feeds whose newest body has other facts than the one before. */
  bodies: Set<FeedState>;
  /**
   * Stations that status lists for the first time in their lane, and since when. Later records may change their state right
   * away.
   */
  stations: Map<StationState, { system: SystemState; first_observed_at: number }>;
  status: StatusRow[];
  /** Stations whose row in station_state must be updated. */
  states: Set<StationState>;
  absences: Set<Absence>;
  spans: Map<CoverageSpan, FeedState>;
  lanes: Map<Lane, FeedState>;
  information: Map<SystemState, ListedStations>;
  /** The same of history, by lane: lists that come before others which are known already. */
  earlierInformation: Map<Lane, { feed: FeedState; listed: ListedStations }>;
  systemInformation: Map<SystemState, SystemInformation>;
  earlierSystemInformation: Map<Lane, { feed: FeedState; information: SystemInformation }>;
  /** Systems whose country must be updated. */
  countries: Set<SystemState>;
  /** By id: a later list may omit a region that an earlier one of the same transaction named, and its row stays. */
  regions: Map<SystemState, Map<string, SystemRegion>>;
  /** Ids that need a key. */
  vehicleTypes: Map<SystemState, Set<string>>;
  typeDefinitions: Map<SystemState, Map<string, VehicleType>>;
  /** The regions and vehicle types of history, by lane. */
  earlierRegions: Map<Lane, { feed: FeedState; rows: Map<string, SystemRegion> }>;
  earlierTypes: Map<Lane, { feed: FeedState; rows: Map<string, VehicleType> }>;
  typeStatus: TypeStatusRow[];
  /** Types whose row in station_type_state must be updated. */
  typeStates: Map<StationType, SystemState>;
  stays: Map<VehicleStay, FeedState>;
  /** By lane and id: the vehicle whose row must be updated, or null if the id must be forgotten. */
  listed: Map<LaneState, { feed: FeedState; vehicles: Map<string, ListedVehicle | null> }>;
  documents: Set<DocumentVersion>;
  /** Live lists with changes that their summaries count. */
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
    earlierInformation: new Map(),
    systemInformation: new Map(),
    earlierSystemInformation: new Map(),
    countries: new Set(),
    regions: new Map(),
    vehicleTypes: new Map(),
    typeDefinitions: new Map(),
    earlierRegions: new Map(),
    earlierTypes: new Map(),
    typeStatus: [],
    typeStates: new Map(),
    stays: new Map(),
    listed: new Map(),
    documents: new Set(),
    summaries: new Map(),
  };
}
