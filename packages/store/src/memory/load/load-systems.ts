import { FEEDS, feedNamed, hasVehicleIds } from '@velolog/gbfs/feeds';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import type { BodyFacts } from '../body-facts.ts';
import {
  type Carries,
  type FeedState,
  type HistoryLane,
  type LaneState,
  newFeed,
  newLaneState,
  newSystem,
  type SystemState,
} from '../system-state.ts';
import { loadVehicleTypes } from '../vehicles/load-vehicle-types.ts';
import { loadDocument, loadVehicles } from '../vehicles/load-vehicles.ts';
import { loadRanges, readLane } from './load-lanes.ts';
import { loadHistoryStations, loadStations } from './load-stations.ts';

/** Reads what the tables know about these systems. A system that they do not know yet gets a new state with key 0. */
export async function loadSystems(
  db: CommonQueryMethods,
  system_ids: string[],
  carries?: Carries,
): Promise<Map<string, SystemState>> {
  const systems = new Map<string, SystemState>();
  for (const system_id of system_ids) {
    systems.set(system_id, newSystem(system_id));
  }
  const feeds = await loadFeeds(db, systems, carries);
  await loadRanges(db, feeds);
  await loadStations(db, feeds);
  await loadVehicleTypes(db, systems);
  for (const feed of feeds.values()) if (feed.live !== null) await loadRest(db, feed, feed.live);
  return systems;
}

/**
 * Reads the stations of a history lane as they were at its end. A lane begins with a row for each station it lists, so
 * rows from before its beginning belong to another lane, perhaps of stations that this one never listed.
 */
export async function loadHistory(
  db: CommonQueryMethods,
  feed: FeedState,
  history: HistoryLane,
): Promise<LaneState> {
  const { lane, range } = await readLane(db, feed, history);
  const state = newLaneState(lane);
  await loadRest(db, feed, state);
  if (feed.feed === 'station_status') await loadHistoryStations(db, feed, state, range);
  return state;
}

const FeedRow = z.object({
  system_id: z.string(),
  system_key: z.number(),
  timezone: z.string().nullable(),
  country: z.string().nullable(),
  feed_key: z.number().nullable(),
  feed: z.string().nullable(),
  last_success_at: z.number().nullable(),
  success_interval_seconds: z.number().nullable(),
  last_updated: z.number().nullable(),
  last_polled_at: z.number().nullable(),
  last_changed_at: z.number().nullable(),
  ttl_seconds: z.number().nullable(),
  consecutive_failures: z.number().nullable(),
  last_error: z.string().nullable(),
  stations_skipped: z.number().nullable(),
  facts: z.custom<BodyFacts>().nullable(),
});

async function loadFeeds(
  db: CommonQueryMethods,
  systems: Map<string, SystemState>,
  carries: Carries | undefined,
): Promise<Map<number, FeedState>> {
  const rows = await db.any(sql.type(FeedRow)`
    select system.system_id, system.system_key, system.timezone, system.country, feed.feed_key, feed.feed, feed.last_success_at,
      feed.success_interval_seconds, feed.last_updated,
      feed.last_polled_at, feed.last_changed_at, feed.ttl_seconds, feed.consecutive_failures, feed.last_error, feed.stations_skipped,
      body.facts
    from velolog.system
    left join velolog.feed using (system_key)
    left join velolog.feed_body as body using (feed_key)
    where system.system_id = any(${sql.array([...systems.keys()], 'text')})`);
  const feeds = new Map<number, FeedState>();
  for (const row of rows) {
    const system = systems.get(row.system_id);
    if (system === undefined) continue;
    system.system_key = row.system_key;
    system.timezone = row.timezone;
    system.country = row.country;
    if (row.feed_key === null || row.feed === null) continue;
    if (carries !== undefined && hasVehicleIds(row.feed) !== (carries === 'vehicles')) continue;
    const feed: FeedState = {
      ...newFeed(system, row.feed),
      feed_key: row.feed_key,
      last_success_at: row.last_success_at,
      success_interval_seconds: row.success_interval_seconds,
      last_updated: row.last_updated,
      last_polled_at: row.last_polled_at,
      last_changed_at: row.last_changed_at,
      ttl_seconds: row.ttl_seconds,
      consecutive_failures: row.consecutive_failures ?? 0,
      last_error: row.last_error,
      stations_skipped: row.stations_skipped ?? 0,
      facts: row.facts,
    };
    system.feeds.set(row.feed, feed);
    feeds.set(row.feed_key, feed);
  }
  return feeds;
}

/** Loads the rest of a feed's state, depending on its kind. */
async function loadRest(db: CommonQueryMethods, feed: FeedState, state: LaneState): Promise<void> {
  const known = feedNamed(feed.feed);
  if (known === FEEDS.vehicle_status) await loadVehicles(db, feed, state);
  else if (known?.kind === 'static') await loadDocument(db, feed, state);
}
