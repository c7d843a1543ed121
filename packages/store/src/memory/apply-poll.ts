import { allNamesOf } from '@velolog/gbfs/feeds';
import type { SystemRegion } from '@velolog/gbfs/feeds/system-regions';
import type { VehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import type { DecodedPoll } from '../decode/decode-poll.ts';
import { acceptPoll, type Verdict } from './accept-poll.ts';
import { applyDocument } from './apply-document.ts';
import { compareStations } from './compare-stations.ts';
import { cover, type Lane, startLane } from './coverage.ts';
import { addList } from './listed-stations.ts';
import type { PendingWrites } from './pending-writes.ts';
import { readBodyFacts } from './read-body-facts.ts';
import { type RecallStations, recallListed } from './station-memory.ts';
import {
  type FeedState,
  type HistoryLane,
  type LaneState,
  newFeed,
  newLaneState,
  type SystemState,
} from './system-state.ts';
import { applyVehicles, forgetIds, forgetNames } from './vehicles/apply-vehicles.ts';
import { areIdsOver } from './vehicles/ids-kept.ts';

/** Reads the stations of a history lane into memory; the lane itself is in the database. */
export type LoadHistory = (feed: FeedState, lane: HistoryLane) => Promise<LaneState>;

/**
 * Applies one poll to what is remembered of its system, and collects what must be written. Returns the verdict on the
 * poll. A `stale` record is refused: a live one that is not newer than the newest of its feed, or an imported one whose
 * time is already covered, perhaps under another name of its feed. An unreadable imported record begins no history (`no_history`): a file of which nothing was
 * stored can be mended and imported again.
 */
export async function applyPoll(
  system: SystemState,
  decoded: DecodedPoll,
  writes: PendingWrites,
  loadHistory: LoadHistory,
  recall: RecallStations = async () => 0,
): Promise<Verdict | 'stale' | 'no_history'> {
  if (decoded.poll.imported && isCoveredUnderOtherName(system, decoded)) return 'stale';
  const feed = feedOf(system, decoded.poll.feed);
  if (decoded.poll.imported && decoded.reason !== null && !goesOn(feed, decoded.at)) return 'no_history';
  if (feed.live === null || decoded.at > feed.live.lane.to_at) {
    feed.live ??= newLaneState(startLane(decoded.at));
    await recallListed(system, feed.live, decoded, recall);
    const verdict = extend(feed, feed.live, decoded, true, writes);
    noteHealth(feed, decoded, verdict, writes);
    if (verdict.error === null) applyInformation(system, decoded, writes);
    noteCountry(system, decoded, writes);
    writes.feeds.add(feed);
    return verdict;
  }
  if (!decoded.poll.imported || isCovered(feed, decoded.at)) return 'stale';
  const history = historyBefore(feed, decoded.at);
  history.state ??= await loadHistory(feed, history);
  // A lane of history has let go of no station: this leaves out what is beyond the limit.
  await recallListed(system, history.state, decoded, recall);
  const verdict = extend(feed, history.state, decoded, false, writes);
  history.to_at = decoded.at;
  if (verdict.error === null) applyEarlierInformation(feed, history.state.lane, decoded, writes);
  return verdict;
}

function feedOf(system: SystemState, name: string): FeedState {
  let feed = system.feeds.get(name);
  if (feed === undefined) {
    feed = newFeed(system, name);
    system.feeds.set(name, feed);
  }
  return feed;
}

/** Covers the poll's time and, if it lists stations or vehicles, compares them. */
function extend(
  feed: FeedState,
  state: LaneState,
  decoded: DecodedPoll,
  isLive: boolean,
  writes: PendingWrites,
): Verdict {
  const { content, at } = decoded;
  const verdict = acceptPoll(state.lane, decoded);
  const isObserved = verdict.outcome === 'observed';
  if (isObserved && content?.feed === 'station_status') {
    const changed = compareStations(feed.system, state, content.decoded.rows, at, isLive, writes);
    if (isLive && changed) writes.summaries.set(feed, 'stations');
  }
  const observedBefore = state.lane.observed_at;
  const span = cover(state.lane, at, verdict.outcome);
  if (isObserved && content?.feed === 'vehicle_status') {
    const lookedBefore = span.polls > 1;
    const { rows, coerced } = content.decoded;
    applyVehicles(feed, state, rows, { at, lookedBefore, observedBefore, coerced }, writes);
    if (isLive) writes.summaries.set(feed, 'vehicles');
  } else if (!isObserved && areIdsOver(observedBefore, at)) {
    forgetNames(feed, state, writes);
  } else if (state.vehicles.hasGone) {
    forgetIds(feed, state, at, writes);
  }
  if (isObserved && content?.feed === 'document') {
    applyDocument(feed, state, { key: content.key, rows: content.decoded.rows }, at, writes);
  }
  writes.spans.set(span, feed);
  writes.lanes.set(state.lane, feed);
  return verdict;
}

function noteHealth(feed: FeedState, decoded: DecodedPoll, { error }: Verdict, writes: PendingWrites): void {
  const { poll, at, content } = decoded;
  if (!poll.imported) feed.last_polled_at = at;
  if (error === null && feed.live !== null) noteBody(feed, feed.live, decoded, writes);
  feed.last_changed_at = feed.live?.values_changed_at ?? feed.last_changed_at;
  if (error !== null) {
    feed.consecutive_failures += 1;
    feed.last_error = error;
    return;
  }
  if (feed.last_success_at !== null && feed.consecutive_failures === 0) {
    feed.success_interval_seconds = Math.round((at - feed.last_success_at) / 1000);
  }
  feed.last_success_at = at;
  feed.consecutive_failures = 0;
  feed.last_error = null;
  if (content?.decoded) {
    feed.last_updated = content.decoded.last_updated === null ? null : content.decoded.last_updated * 1000;
    feed.ttl_seconds = content.decoded.ttl;
    feed.stations_skipped = sum(content.decoded.skipped);
  }
}

/** Most bodies have the same facts as the one before. */
function noteBody(feed: FeedState, live: LaneState, decoded: DecodedPoll, writes: PendingWrites): void {
  const facts = readBodyFacts(feed, live, decoded);
  if (facts === feed.facts || JSON.stringify(facts) === JSON.stringify(feed.facts)) return;
  feed.facts = facts;
  writes.bodies.add(feed);
}

/** Ingest knows the country before the publisher has answered. */
function noteCountry(system: SystemState, { poll: { country } }: DecodedPoll, writes: PendingWrites): void {
  if (country === undefined || country === system.country) return;
  system.country = country;
  writes.countries.add(system);
}

function applyInformation(system: SystemState, { at, content }: DecodedPoll, writes: PendingWrites): void {
  if (content?.feed === 'station_information') {
    const { rows } = content.decoded;
    if (rows.length > 0) writes.information.set(system, addList(writes.information.get(system), rows, at));
  } else if (content?.feed === 'system_information' && content.decoded.rows[0] !== undefined) {
    writes.systemInformation.set(system, content.decoded.rows[0]);
    system.timezone = content.decoded.rows[0].timezone;
  } else if (content?.feed === 'document') {
    if (content.key === 'vehicle_types')
      writes.typeDefinitions.set(system, addTypes(writes.typeDefinitions.get(system), content.decoded.rows));
    if (content.key === 'system_regions')
      writes.regions.set(system, addRegions(writes.regions.get(system), content.decoded.rows));
  }
}

/**
 * Earlier history tells of stations, regions and vehicle types that no later list has, and of a system whose system_information was never
 * answered since.
 */
function applyEarlierInformation(
  feed: FeedState,
  lane: Lane,
  { at, content }: DecodedPoll,
  writes: PendingWrites,
): void {
  if (content?.feed === 'system_information' && content.decoded.rows[0] !== undefined)
    writes.earlierSystemInformation.set(lane, { feed, information: content.decoded.rows[0] });
  if (content?.feed === 'document' && content.key === 'vehicle_types') {
    const rows = addTypes(writes.earlierTypes.get(lane)?.rows, content.decoded.rows);
    writes.earlierTypes.set(lane, { feed, rows });
  }
  if (content?.feed === 'document' && content.key === 'system_regions') {
    const rows = addRegions(writes.earlierRegions.get(lane)?.rows, content.decoded.rows);
    writes.earlierRegions.set(lane, { feed, rows });
  }
  if (content?.feed !== 'station_information' || content.decoded.rows.length === 0) return;
  const before = writes.earlierInformation.get(lane)?.listed;
  writes.earlierInformation.set(lane, { feed, listed: addList(before, content.decoded.rows, at) });
}

/** A later list of the same transaction adds to an earlier one, as it would in a later transaction. */
function addRows<Row>(
  known: Map<string, Row> | undefined,
  rows: readonly unknown[],
  idOf: (row: Row) => string,
): Map<string, Row> {
  return new Map([...(known ?? []), ...(rows as Row[]).map((row): [string, Row] => [idOf(row), row])]);
}

const addTypes = (known: Map<string, VehicleType> | undefined, rows: readonly unknown[]) =>
  addRows(known, rows, ({ vehicle_type_id }) => vehicle_type_id);
const addRegions = (known: Map<string, SystemRegion> | undefined, rows: readonly unknown[]) =>
  addRows(known, rows, ({ region_id }) => region_id);

/** Whether there is history before this time that the record extends. */
function goesOn(feed: FeedState, at: number): boolean {
  return [...feed.history, ...(feed.live === null ? [] : [feed.live.lane])].some(
    (lane) => lane.from_at <= at,
  );
}

function isCovered(feed: FeedState, at: number): boolean {
  if (feed.live !== null && at >= feed.live.lane.from_at) return true;
  return feed.history.some((lane) => lane.from_at <= at && at <= lane.to_at);
}

/** Under its other name a feed lists the same vehicles: a second observation of the same time would count them twice. */
function isCoveredUnderOtherName(system: SystemState, { poll, at }: DecodedPoll): boolean {
  return allNamesOf(poll.feed).some((name) => {
    const other = name === poll.feed ? undefined : system.feeds.get(name);
    if (other === undefined) return false;
    const lanes = [...other.history, ...(other.live === null ? [] : [other.live.lane])];
    return lanes.some((lane) => lane.from_at <= at && at <= lane.to_at);
  });
}

/**
 * Returns the history lane that ends before this time, which continues; if there is none, a new lane begins before all
 * others.
 */
function historyBefore(feed: FeedState, at: number): HistoryLane {
  const before = feed.history.findLast((lane) => lane.to_at < at);
  if (before !== undefined) return before;
  const first: HistoryLane = { from_at: at, to_at: at, state: newLaneState(startLane(at)) };
  feed.history.unshift(first);
  return first;
}

function sum(tally: Record<string, number>): number {
  return Object.values(tally).reduce((total, count) => total + count, 0);
}
