import { sql } from 'slonik';
import type { Check } from './check.ts';
import { NEWEST_SPAN, POLLED } from './polled-feeds.ts';

/** Problems that the newest body of a feed shows by itself. */
export const bodyCheck: Check = {
  flags: [
    'stamp_future',
    'last_reported_uniform',
    'feed_stamp_frozen',
    'ttl_lie',
    'negative_or_huge',
    'types_mismatch',
  ],
  found: sql.fragment`
    with ${POLLED}
    select polled.system_key, polled.feed, null::text as station_id, judged.flag, coalesce(judged.since, polled.seen_at) as since, polled.seen_at,
      jsonb_strip_nulls(judged.evidence) as evidence
    from polled
    cross join lateral (
      select coalesce(sum((one ->> 'all')::int), 0) as all, coalesce(sum((one ->> 'long')::int), 0) as long,
        coalesce(sum((one ->> 'unseen')::int), 0) as unseen
      from jsonb_array_elements(polled.facts -> 'change_intervals') as one
    ) as intervals
    cross join lateral (values
      (
        'stamp_future',
        polled.facts ?| array['stamp_ahead_seconds', 'report_ahead_seconds'],
        null::timestamptz,
        jsonb_build_object('last_updated_ahead_seconds', polled.facts -> 'stamp_ahead_seconds', 'last_reported_ahead_seconds', polled.facts -> 'report_ahead_seconds')
      ),
      (
        'last_reported_uniform',
        (polled.facts ->> 'rows_with_one_report')::int >= 20,
        null,
        jsonb_build_object('rows', polled.facts -> 'rows_with_one_report')
      ),
      (
        'feed_stamp_frozen',
        (polled.facts ->> 'changes_since_stamp')::int >= 3,
        to_timestamp((polled.facts ->> 'stamp_at')::float8),
        jsonb_build_object('last_updated', polled.last_updated, 'changes_since', polled.facts -> 'changes_since_stamp')
      ),
      (
        'ttl_lie',
        (polled.facts ->> 'rows')::int >= 20 and intervals.all >= 20 and intervals.long > 0.05 * (intervals.all + intervals.unseen),
        null,
        jsonb_build_object('ttl_seconds', polled.ttl_seconds, 'changes', intervals.all, 'after_more_than_five_ttls', intervals.long,
          'changes_between_polls_at_most', nullif(intervals.unseen, 0))
      ),
      (
        'negative_or_huge',
        polled.facts ? 'huge_counts' or (polled.facts -> 'coerced') ? 'count_out_of_range',
        null,
        jsonb_build_object('values_that_are_no_count', polled.facts -> 'coerced' -> 'count_out_of_range', 'huge', polled.facts -> 'huge_counts')
      ),
      (
        'types_mismatch',
        polled.facts ? 'types_differ',
        null,
        polled.facts -> 'types_differ'
      )
    ) as judged (flag, is_found, since, evidence)
    where judged.is_found and polled.seen_at is not null`,
};

/**
 * Nothing changed for a daytime hour (08 to 21 local time) that was fully observed. Once begun, the issue lasts through
 * the night until something changes.
 */
export const frozenFeedCheck: Check = {
  flags: ['feed_frozen'],
  found: sql.fragment`
    with ${POLLED}, still as (
      select polled.*, greatest(polled.last_changed_at, span.from_at) as since, api.timezone_or_utc(polled.timezone) as zone
      from polled
      cross join lateral (select ${NEWEST_SPAN} as from_at) as span
      where (polled.facts ->> 'rows')::int >= case polled.feed when 'station_status' then 20 else 50 end
        and polled.feed in ('station_status', 'free_bike_status', 'vehicle_status')
        and (polled.last_changed_at is null or polled.last_changed_at <= polled.seen_at - interval '60 minutes')
    )
    select still.system_key, still.feed, null::text as station_id, 'feed_frozen' as flag, still.since, still.seen_at,
      jsonb_build_object('rows', still.facts -> 'rows', 'unchanged_since', still.since) as evidence
    from still
    where (
        (still.seen_at at time zone still.zone)::time between '09:00' and '21:00'
        and still.since is not null
        and greatest(still.since, (date_trunc('day', still.seen_at at time zone still.zone) + interval '8 hours') at time zone still.zone)
          <= still.seen_at - interval '60 minutes'
      )
      or exists (
        select from velolog.data_quality_issue as issue
        where issue.system_key = still.system_key and issue.feed = still.feed and issue.flag = 'feed_frozen'
          and issue.ended_at is null and (still.last_changed_at is null or issue.since >= still.last_changed_at)
      )`,
};

/**
 * No answer for a day of polls: they failed, without a pause of more than three hours. An empty station list, from a system that has listed some, is
 * no answer either. Polls may be further apart by rule: by the ttl, by Retry-After, or once a day, 5 % late at most, where a system has ended. So three
 * single polls or more that come regularly are without a pause, too.
 */
export const unreachableCheck: Check = {
  flags: ['unreachable'],
  found: sql.fragment`
    with ${POLLED}, answered as (
      select polled.*, least(polled.seen_at, listed.observed_at) as answered_at
      from polled
      left join api.newest_observation as listed on listed.feed_key = polled.feed_key and polled.feed = 'station_status'
    )
    select answered.system_key, answered.feed, null::text as station_id, 'unreachable' as flag, failing.since, answered.last_fetched_at as seen_at,
      jsonb_build_object('last_success_at', answered.answered_at, 'error', coalesce(answered.last_error, failing.outcome), 'polls', failing.polls) as evidence
    from answered
    cross join lateral (
      -- What lies before the newest pause says nothing: nobody asked in between. Nor do lost polls: nobody knows what they said.
      select min(from_at) as since, sum(polls) as polls, max(outcome) as outcome
      from (
        select spans.*, max(from_at) filter (where pause > interval '3 hours' and not is_regular) over () as resumed_at
        from (
          select *, coalesce(
              polls_before = 1 and polls = 1 and pause <= interval '26 hours' and (
                pause between 0.9 * lag(pause) over in_order and 1.1 * lag(pause) over in_order
                or pause between 0.9 * lead(pause) over in_order and 1.1 * lead(pause) over in_order
              ), false) as is_regular
          from (
            select from_at, polls, outcome, from_at - lag(to_at) over in_order as pause, lag(polls) over in_order as polls_before
            from velolog.coverage
            where coverage.feed_key = answered.feed_key and coverage.from_at > coalesce(answered.answered_at, '-infinity') and coverage.outcome <> 'lost'
            window in_order as (order by from_at)
          ) as failed
          window in_order as (order by from_at)
        ) as spans
      ) as resumed
      where resumed_at is null or from_at >= resumed_at
    ) as failing
    where (answered.answered_at is null or answered.answered_at <= answered.last_fetched_at - interval '24 hours')
      and failing.since <= answered.last_fetched_at - interval '24 hours'`,
};
