import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import { type CommonQueryMethods, type DatabasePool, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import type { StoreMetrics } from '../../metrics.ts';
import { numberArray, textArray } from '../../tables/sql-arrays.ts';
import type { Check } from './check.ts';
import { danglingIdCheck } from './dangling-ids.ts';
import { bodyCheck, frozenFeedCheck, unreachableCheck } from './feed-checks.ts';
import { duplicateIdCheck, swappedPlaceCheck, systemInformationCheck } from './information-checks.ts';
import { observedSeconds } from './observed-time.ts';
import { outlierPlaceCheck } from './outlier-places.ts';
import { capacityCheck, frozenStationCheck } from './station-checks.ts';

const CHECKS: Check[] = [
  bodyCheck,
  frozenFeedCheck,
  unreachableCheck,
  capacityCheck,
  frozenStationCheck,
  systemInformationCheck,
  swappedPlaceCheck,
  outlierPlaceCheck,
  danglingIdCheck,
  duplicateIdCheck,
];

export const PAUSE_SECONDS_MIN = 60;
/** Limits a pass to a fortieth of a core, however many systems there are. */
export const PAUSE_PER_WORK = 40;
/** Any number that no other lock uses. */
const LOCK = 0x7175616c;

/**
 * Checks what is wrong with the feeds, and records it in velolog.data_quality_issue. It reads the tables and changes
 * only its own: what readers see of stations and vehicles stays as published.
 */
export async function checkQualityForever(options: {
  pool: DatabasePool;
  metrics: StoreMetrics;
  log: Pick<Log, 'warn'>;
  signal: AbortSignal;
}): Promise<void> {
  const { pool, metrics, log, signal } = options;
  await forever(
    (tookSeconds) => Math.max(PAUSE_SECONDS_MIN, PAUSE_PER_WORK * tookSeconds),
    async () => {
      await checkQualityOnce(pool, new Date());
      await countIssues(pool, metrics);
    },
    { what: 'check the quality of feeds', signal, log },
  );
}

/** One worker at a time runs the checks; the others skip them. */
export async function checkQualityOnce(pool: DatabasePool, now: Date): Promise<void> {
  const checked = await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`set local statement_timeout = '2min'`);
    const isMine = await transaction.oneFirst(
      sql.type(z.object({ mine: z.boolean() }))`select pg_try_advisory_xact_lock(${LOCK}) as mine`,
    );
    if (!isMine) return [];
    // This comes first, because not all checks see what is recorded while they run.
    const seen = await readSeen(transaction);
    for (const check of CHECKS) await keepAccount(transaction, check);
    await countDay(transaction, now);
    return seen;
  });
  await noteChecked(pool, checked);
}

const SeenRow = z.object({ feed_key: z.number(), seen_at: z.string() });
type Seen = readonly z.infer<typeof SeenRow>[];

async function readSeen(transaction: CommonQueryMethods): Promise<Seen> {
  return transaction.any(sql.type(SeenRow)`
    select feed_key, last_success_at::text as seen_at
    from velolog.feed
    where last_polled_at = last_fetched_at and last_success_at is not null`);
}

/** In its own transaction: otherwise forgetting a system would wait for the whole pass, or the pass for it. */
async function noteChecked(pool: DatabasePool, seen: Seen): Promise<void> {
  await pool.query(sql.unsafe`
    insert into velolog.data_quality_check as checked (feed_key, checked_at)
    select feed.feed_key, seen.at::timestamptz
    from unnest(${numberArray(seen.map(({ feed_key }) => feed_key))}::int4[], ${textArray(seen.map(({ seen_at }) => seen_at))}::text[]) as seen (feed_key, at)
    join velolog.feed on feed.feed_key = seen.feed_key
    order by feed.feed_key
    for key share of feed
    on conflict (feed_key) do update set checked_at = excluded.checked_at
    where checked.checked_at < excluded.checked_at`);
}

/**
 * A finding without an open issue opens one, and a finding with an open issue was seen again. An open issue that is not
 * found ends if its feed was read since the issue was last seen. If nobody could check, it stays as it is: what was imported since is not judged.
 */
async function keepAccount(transaction: CommonQueryMethods, check: Check): Promise<void> {
  const found = typeof check.found === 'function' ? await check.found(transaction) : check.found;
  await transaction.query(sql.unsafe`
    with found as materialized (${found}), open as materialized (
      select issue_key, system_key, feed, station_id, flag, last_seen_at
      from velolog.data_quality_issue
      where ended_at is null and flag = any(${sql.array(check.flags, 'text')})
    ), matched as materialized (
      select open.issue_key, open.last_seen_at, found.*
      from found
      left join open on open.system_key = found.system_key and open.flag = found.flag and open.feed = found.feed
        and open.station_id is not distinct from found.station_id
    ), seen_again as (
      update velolog.data_quality_issue as issue
      set last_seen_at = matched.seen_at, evidence = matched.evidence, held_seconds = ${heldSeconds(check)}
      from matched
      join api.data_quality_flag as definition using (flag)
      where issue.issue_key = matched.issue_key and matched.seen_at > matched.last_seen_at
    ), begun as (
      insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, evidence)
      select system_key, feed, station_id, flag, seen_at, least(since, seen_at), seen_at, evidence
      from matched
      where issue_key is null
    )
    update velolog.data_quality_issue as issue set ended_at = feed.last_success_at
    from open
    join velolog.feed on feed.system_key = open.system_key and feed.feed = open.feed
    where issue.issue_key = open.issue_key and feed.last_success_at > open.last_seen_at and feed.last_polled_at = feed.last_fetched_at
      and not exists (select from matched where matched.issue_key = open.issue_key)`);
}

/**
 * How long an issue that was seen again has lasted. It is not counted if it makes no difference, or if the issue has lasted long enough.
 */
function heldSeconds({ restsOn = {} }: Check): FragmentSqlToken {
  const feedKeys = (names: FragmentSqlToken) => sql.fragment`array(
    select feed.feed_key from velolog.feed where feed.system_key = issue.system_key and feed.feed = any(${names}))`;
  const own = feedKeys(sql.fragment`array[issue.feed]`);
  const within = sql.fragment`tstzrange(issue.noticed_at, matched.seen_at)`;
  const cases = [
    sql.fragment`when issue.held_seconds > definition.holds_seconds or definition.holds_seconds = 0 then issue.held_seconds`,
    ...Object.entries(restsOn).map(
      ([feed, others]) =>
        sql.fragment`when issue.feed = ${feed} then ${observedSeconds([own, feedKeys(sql.fragment`${sql.array(others, 'text')}`)], within)}`,
    ),
  ];
  return sql.fragment`case ${sql.join(cases, sql.fragment` `)} else ${observedSeconds([own], within)} end`;
}

/** Today's shares as of the end of each pass: a station is flagged if an issue was seen on that day. */
async function countDay(transaction: CommonQueryMethods, now: Date): Promise<void> {
  await transaction.query(sql.unsafe`
    with today as (select date_trunc('day', ${now.toISOString()}::timestamptz, 'UTC') as begins_at),
    polled as materialized (
      select feed.system_key, coalesce(max((body.facts ->> 'rows')::int) filter (where feed.feed in ('station_status', 'station_information')), 0) as stations
      from velolog.feed
      left join velolog.feed_body as body using (feed_key)
      cross join today
      where feed.last_polled_at >= today.begins_at
      group by feed.system_key
    ), flagged as (
      select issue.flag, count(distinct issue.system_id) as systems, count(distinct (issue.system_id, issue.station_id)) filter (where issue.station_id is not null) as stations
      from api.data_quality_issue as issue
      cross join today
      where issue.last_seen_at >= today.begins_at and issue.since < today.begins_at + interval '1 day'
      group by issue.flag
    )
    insert into velolog.data_quality_day (day, flag, systems, systems_flagged, stations, stations_flagged)
    select (today.begins_at at time zone 'UTC')::date, flag.flag, (select count(*) from polled), coalesce(flagged.systems, 0),
      (select coalesce(sum(stations), 0) from polled), coalesce(flagged.stations, 0)
    from api.data_quality_flag as flag
    cross join today
    left join flagged using (flag)
    where exists (select from polled)
    on conflict (day, flag) do update set systems = excluded.systems, systems_flagged = excluded.systems_flagged,
      stations = excluded.stations, stations_flagged = excluded.stations_flagged`);
}

/** For the metric: a flag without issues is 0 once anything has been checked. Before that the series is absent. */
export async function countIssues(pool: CommonQueryMethods, metrics: StoreMetrics): Promise<void> {
  const rows = await pool.any(sql.type(z.object({ flag: z.string(), issues: z.number() }))`
    select flag.flag, count(issue.flag)::int as issues
    from api.data_quality_flag as flag
    left join api.data_quality_issue as issue on issue.flag = flag.flag and issue.is_open
    where exists (select from velolog.data_quality_check)
    group by flag.flag`);
  for (const { flag, issues } of rows) metrics.data_quality_issues.set({ flag }, issues);
}
