import type { Decoded } from '@velolog/gbfs/decoded';
import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import type { DecodedPoll } from '../decode/decode-poll.ts';
import type { BodyFacts, DayOfIntervals } from './body-facts.ts';
import type { FeedState, LaneState } from './system-state.ts';

const AHEAD_SECONDS_MIN = 60;
const HUGE_COUNT = 999;
const LONG_AGO_SECONDS = 72 * 3600;
/** At most this many are named: more would say nothing new. */
const NAMED_MAX = 100;
const DAY_MS = 86_400_000;
const HONEST_TTLS = 5;
const TTL_SECONDS_MIN = 60;

/**
 * Reads the facts of an accepted poll's body. `feed` still holds what was known before it.
 * @returns the facts already known for a poll without a body
 */
export function readBodyFacts(
  feed: FeedState,
  live: LaneState,
  { at, content }: DecodedPoll,
): BodyFacts | null {
  if (!content?.decoded) return feed.facts;
  const { rows, skipped, coerced, last_updated } = content.decoded;
  return {
    rows: rows.length,
    skipped,
    coerced,
    ...aheadOf('stamp_ahead_seconds', last_updated, at),
    ...(content.feed === 'station_status' || content.feed === 'vehicle_status'
      ? reportsOf(content.decoded.rows, at)
      : {}),
    ...(content.feed === 'station_status' && stationFacts(content.decoded.rows, at)),
    ...(content.feed === 'station_status' && rhythmOf(feed, live, content.decoded, at)),
  };
}

function aheadOf(
  name: 'stamp_ahead_seconds' | 'report_ahead_seconds',
  stamp: number | null,
  at: number,
): BodyFactsPart {
  const ahead = stamp === null ? 0 : Math.round(stamp - at / 1000);
  return ahead > AHEAD_SECONDS_MIN ? { [name]: ahead } : {};
}

type BodyFactsPart = Partial<BodyFacts>;

function reportsOf(rows: readonly { last_reported: number | null }[], at: number): BodyFactsPart {
  let newest: number | null = null;
  let oldest: number | null = null;
  let reports = 0;
  for (const { last_reported } of rows) {
    if (last_reported === null) continue;
    reports += 1;
    if (newest === null || last_reported > newest) newest = last_reported;
    if (oldest === null || last_reported < oldest) oldest = last_reported;
  }
  return {
    ...aheadOf('report_ahead_seconds', newest, at),
    ...(reports > 0 && newest === oldest && { rows_with_one_report: reports }),
  };
}

function stationFacts(rows: StationStatus[], at: number): BodyFactsPart {
  const huge: string[] = [];
  const differ: string[] = [];
  const longAgo: string[] = [];
  const agoSeconds = at / 1000 - LONG_AGO_SECONDS;
  for (const row of rows) {
    if (isHuge(row)) huge.push(row.station_id);
    if (row.vehicle_types_available !== null && typesDiffer(row)) differ.push(row.station_id);
    if (row.last_reported !== null && row.last_reported < agoSeconds) longAgo.push(row.station_id);
  }
  return {
    ...(huge[0] !== undefined && { huge_counts: { stations: huge.length, station_id: huge[0] } }),
    ...(differ[0] !== undefined && { types_differ: { stations: differ.length, station_id: differ[0] } }),
    ...(longAgo.length > 0 && { reported_long_ago: longAgo.sort().slice(0, NAMED_MAX) }),
  };
}

function isHuge(row: StationStatus): boolean {
  return (
    (row.num_bikes_available ?? 0) >= HUGE_COUNT ||
    (row.num_docks_available ?? 0) >= HUGE_COUNT ||
    (row.num_bikes_disabled ?? 0) >= HUGE_COUNT ||
    (row.num_docks_disabled ?? 0) >= HUGE_COUNT
  );
}

/** False when a count is unknown. */
function typesDiffer({ vehicle_types_available, num_bikes_available }: StationStatus): boolean {
  if (vehicle_types_available === null || num_bikes_available === null) return false;
  let sum = 0;
  for (const { count } of vehicle_types_available) {
    if (count === null) return false;
    sum += count;
  }
  return sum !== num_bikes_available;
}

/** How often the stations change, compared with what last_updated and the ttl say. */
function rhythmOf(
  feed: FeedState,
  live: LaneState,
  { last_updated, ttl }: Decoded<StationStatus>,
  at: number,
): BodyFactsPart {
  const changed = live.values_changed_at === at;
  const before = feed.facts;
  const isSameStamp = last_updated !== null && last_updated * 1000 === feed.last_updated;
  const intervals = intervalsOf(feed, live, { at, changed, ttl });
  return {
    ...(last_updated !== null && {
      changes_since_stamp: isSameStamp ? (before?.changes_since_stamp ?? 0) + (changed ? 1 : 0) : 0,
      stamp_at: isSameStamp && before?.stamp_at !== undefined ? before.stamp_at : Math.floor(at / 1000),
    }),
    ...(intervals.length > 0 && { change_intervals: intervals }),
  };
}

/**
 * An interval counts if the feed was observed throughout. It is long if the poll before this one was already late and
 * had seen no change: the change itself may have come at any time since. If polls are further apart than that, as many
 * changes may have come between them as the ttl promises.
 */
function intervalsOf(
  { facts, last_changed_at, last_success_at }: FeedState,
  { lane: { span } }: LaneState,
  { at, changed, ttl }: { at: number; changed: boolean; ttl: number | null },
): DayOfIntervals[] {
  const day = Math.floor(at / DAY_MS);
  const known = (facts?.change_intervals ?? []).filter((one) => one.day >= day - 1);
  if (!changed || last_changed_at === null || span === null || span.from_at > last_changed_at) return known;
  const promisedMs = 1000 * Math.max(ttl ?? 0, TTL_SECONDS_MIN);
  const lookedBefore = last_success_at ?? last_changed_at;
  const isLong = lookedBefore - last_changed_at >= HONEST_TTLS * promisedMs;
  const blindMs = at - lookedBefore;
  const unseen = blindMs > HONEST_TTLS * promisedMs ? Math.floor(blindMs / promisedMs) - 1 : 0;
  const today = known.find((one) => one.day === day) ?? { day, all: 0, long: 0, unseen: 0 };
  return [
    ...known.filter((one) => one.day !== day),
    {
      day,
      all: today.all + 1,
      long: today.long + (isLong ? 1 : 0),
      unseen: (today.unseen ?? 0) + unseen,
    },
  ];
}
