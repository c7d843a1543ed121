import { computed, signal } from '@preact/signals';
import type { Change } from '../../src/api/change.ts';
import type { Feed } from '../../src/api/feed.ts';
import type { Replay } from '../../src/api/replay.ts';
import type { System } from '../../src/api/system.ts';
import { serverNowMs } from '../data/api-client.ts';
import { filterStations } from '../model/filter.ts';
import { clockOf } from '../model/format.ts';
import { ageSecondsOf, freshnessOf, lastErrorOf } from '../model/freshness.ts';
import { bikesOverTime, gapAt, isObserved, ReplayCursor, stationsAt } from '../model/replay.ts';
import type { Station } from '../model/station.ts';
import { bikesInUse, totalsOf } from '../model/totals.ts';
import { vehiclesOverTime } from '../model/vehicle/vehicle-replay.ts';
import { urlState } from './url-signal.ts';
import { vehicleList, vehicleReplay, vehicles } from './vehicle-state.ts';

/** What prevents the page from working, in the server's words if it has any. */
export type Trouble = { kind: 'server' | 'database' | 'refused'; detail: string };

export const systems = signal<System[] | null>(null);
export const stations = signal<ReadonlyMap<string, Station>>(new Map());
/** The newest observation of the system, even if it changed nothing. */
export const observedAt = signal<string | null>(null);
export const feeds = signal<Feed[]>([]);
export const changes = signal<readonly Change[]>([]);
export const loaded = signal(false);
export const connected = signal(false);
export const trouble = signal<Trouble | null>(null);
export const nowMs = signal(serverNowMs());
export const replay = signal<Replay | null>(null);
/** Whether the window of the replay ends with the present. */
export const replayEndsNow = signal(true);
export const replayTrouble = signal<string | null>(null);

export const system = computed(
  () => systems.value?.find(({ system_id }) => system_id === urlState.value.system) ?? null,
);
/** The server answers, but records nothing. A link to a system has its own message. */
export const isNothingRecorded = computed(
  () => systems.value?.length === 0 && urlState.value.system === null && trouble.value === null,
);
/** The system of the panel; on the map of all systems, the system of the chosen station. */
export const panelSystem = computed(
  () => system.value ?? systems.value?.find(({ system_id }) => system_id === urlState.value.of) ?? null,
);
/** The last observation of an archive: its days end there, because nothing comes after it. Null for every other system. */
export const archiveEndMs = computed(() => {
  const { is_archive, last_observed_at } = panelSystem.value ?? {};
  return is_archive && last_observed_at ? Date.parse(last_observed_at) : null;
});
/** Where a day ends that ends as late as it can. */
export const lastMs = (): number => archiveEndMs.peek() ?? serverNowMs();
export const clock = computed(() =>
  clockOf(panelSystem.value?.timezone ?? null, () => new Date(serverNowMs())),
);

const at = computed(() => urlState.value.at);
export const replaying = computed(() => at.value !== null);
/** A system with vehicles only: the page shows the age and the gaps of their feed. */
export const isOfVehiclesOnly = computed(() => vehicleList.value !== null && stations.value.size === 0);
/** The window of the slider, with the gaps of the feed that the system has. */
export const shownReplay = computed(() => {
  if (replay.value === null || !isOfVehiclesOnly.value) return replay.value;
  return vehicleReplay.value === null ? null : { ...replay.value, gaps: vehicleReplay.value.gaps };
});
/** The replayed moment and its gap if it was not observed; known once its window is loaded. */
export const unobserved = computed(() => {
  const window = shownReplay.value;
  if (at.value === null || window === null || isObserved(window, at.value)) return null;
  return { atMs: at.value, gap: gapAt(window, at.value) };
});
const cursor = computed(() => (replay.value === null ? null : new ReplayCursor(replay.value)));

/** All stations at the shown moment: now or replayed. */
export const shownStations = computed<ReadonlyMap<string, Station>>(() => {
  if (at.value === null) return stations.value;
  return cursor.value === null ? new Map() : stationsAt(stations.value, cursor.value, at.value);
});

const filter = computed(() => ({ query: urlState.value.query, show: urlState.value.show }));
/** What the map, the table and the exports contain. */
export const filteredStations = computed(() =>
  filterStations([...shownStations.value.values()], filter.value),
);
export const isFiltered = computed(() => filter.value.query.trim() !== '' || filter.value.show.length > 0);

export const selectedStation = computed(() => {
  const { station } = urlState.value;
  return station === null ? null : (shownStations.value.get(station) ?? stations.value.get(station) ?? null);
});

/**
 * Whether nothing is known about the shown moment: it is not loaded, was not observed, or there was never an
 * observation.
 */
export const isNothingKnown = computed(() =>
  replaying.value
    ? shownReplay.value === null || unobserved.value !== null
    : observedAt.value === null && vehicles.value === null,
);
/** Null when nothing is known: then no total is shown as 0. */
export const totals = computed(() =>
  isNothingKnown.value ? null : totalsOf([...shownStations.value.values()]),
);
const REPLAY_BUCKETS = 240;
const bikesInWindow = computed(() =>
  replay.value === null ? null : bikesOverTime(replay.value, REPLAY_BUCKETS),
);
/** The line under the slider: the bikes at stations or, for a system without stations, its vehicles. */
export const countInWindow = computed(() => {
  if (!isOfVehiclesOnly.value) return bikesInWindow.value;
  return vehicleReplay.value === null ? null : vehiclesOverTime(vehicleReplay.value, REPLAY_BUCKETS);
});
export const inUse = computed(() => {
  const known = bikesInWindow.value?.filter((bikes) => bikes !== null) ?? [];
  const most = known.length === 0 ? null : Math.max(...known, totals.value?.bikes ?? 0);
  return bikesInUse(most, totals.value?.bikes ?? null);
});

export const statusFeed = computed(
  () =>
    feeds.value.find(({ feed }) => feed === 'station_status') ??
    feeds.value.find(({ feed }) => feed === vehicleList.value?.feed) ??
    null,
);
export const ageSeconds = computed(() => ageSecondsOf(statusFeed.value, nowMs.value));
export const freshness = computed(() => freshnessOf(statusFeed.value));
/** Grey on the map: old values say little about the present, and the last values of an archive say nothing about it. */
export const isStale = computed(
  () => !replaying.value && (freshness.value === 'overdue' || freshness.value === 'archive'),
);

const vehicleFeed = computed(() => feeds.value.find(({ feed }) => feed === vehicleList.value?.feed) ?? null);
/**
 * Until when the shown state is known to last: durations that still continue are counted up to it. Old data lasts as far as it was observed.
 */
export const knownUntilMs = computed(() => at.value ?? lastsUntilMs(isStale.value, observedAt.value));

function lastsUntilMs(isOld: boolean, observed: string | null): number {
  return isOld && observed !== null ? Date.parse(observed) : nowMs.value;
}

/** The list of vehicles is a separate feed: it may be old while the stations are live, and the other way round. */
export const areVehiclesStale = computed(
  () => !replaying.value && ['overdue', 'archive'].includes(freshnessOf(vehicleFeed.value)),
);

/** When the feed of the zones was last heard if it is late while the rest is not, so that they may have changed; otherwise null. */
export const zonesLateSince = computed(() => {
  const feed = feeds.value.find((one) => one.feed === 'geofencing_zones');
  return feed?.overdue && !isStale.value ? feed.last_success_at : null;
});

/** The same as knownUntilMs for the vehicles. */
export const vehiclesKnownUntilMs = computed(
  () => at.value ?? lastsUntilMs(areVehiclesStale.value, vehicleList.value?.observed_at ?? null),
);

/** The note while something is still to come, unless nothing will. */
export const waitNote = computed(() =>
  trouble.value?.kind === 'refused' ? 'There is nothing to show.' : 'Loading …',
);

/** Why a system without stations has none. */
export const nothingSeen = computed(() => {
  const feed = statusFeed.value ?? feeds.value.find(({ last_error }) => last_error !== null) ?? null;
  if (feed === null)
    return 'No station has been observed yet. The feed has not been polled, or does not exist.';
  const error = lastErrorOf(feed, clock.value.day);
  if (error === null) return 'No station has been observed yet.';
  const tries = feed.consecutive_failures > 1 ? `, ${feed.consecutive_failures} times in a row` : '';
  return `No station has been observed yet. ${feed.feed}: ${error}${tries}.`;
});
