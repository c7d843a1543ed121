import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, outcomeCodes, thresholds } from '../colours.ts';
import { dashboard } from '../dashboard.ts';
import { line } from '../layout.ts';
import { toSystem, UIDS } from '../links.ts';
import { FEED_COLUMNS, feedStatus, lateFeeds } from '../panels/feed-status.ts';
import { stat } from '../panels/stat.ts';
import { table } from '../panels/table.ts';
import { timeline } from '../panels/timeline.ts';
import { COVERAGE_EDGES, coverageSpans } from '../questions/coverage-spans.ts';
import { END, sqlTable } from '../questions/sql-query.ts';
import { CHOSEN_SYSTEMS, manySystems } from '../questions/variables.ts';
import { coerced, delay, duration, polls, publisherAge, rejected, successAge } from './feed-polls.ts';

/** Shows whether feeds answer, how old their data is, and which parts cannot be used. */
export function feedHealth(): Dashboard {
  return dashboard({
    uid: UIDS.feeds,
    title: 'Velolog: feed health',
    description:
      'Whether the feeds answer, how old their data is, which parts cannot be used, and when they were not observed.',
    from: 'now-6h',
    variables: [manySystems()],
    sections: [
      {
        lines: [
          line(4, [6, feeds()], [6, lateFeeds('Late now')], [6, failing()], [6, observedShare()]),
          line(10, [24, feedTable()]),
          line(8, [24, coverage()]),
        ],
      },
      {
        title: 'Age',
        lines: [line(9, [12, successAge()], [12, publisherAge()])],
      },
      {
        title: 'Polls',
        lines: [
          line(8, [8, polls()], [8, duration()], [8, delay()]),
          line(8, [12, rejected()], [12, coerced()]),
        ],
      },
    ],
  });
}

const health = (select: string) =>
  sqlTable(
    `select ${select} from api.feed_health where ${CHOSEN_SYSTEMS} and not is_archive having count(*) > 0`,
  );

const feeds = () =>
  stat(
    {
      title: 'Feeds now',
      description:
        'Feeds of the chosen systems that are polled. Those of imported archives are not among them.',
      noValue: 'None is polled',
      unit: 'none',
    },
    health('count(*) as "Feeds"'),
  );

const failing = () =>
  stat(
    {
      title: 'Failing now',
      description:
        'Feeds whose last poll failed. 0 is shown only if a feed is on time: a feed that nobody polls cannot fail.',
      noValue: 'Not known: none is on time',
      unit: 'none',
    },
    health(`
      case when bool_or(consecutive_failures > 0 or not overdue) then count(*) filter (where consecutive_failures > 0) end as "Failing"`),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const SPANS = coverageSpans(CHOSEN_SYSTEMS);

const observedShare = () =>
  stat(
    {
      title: 'Time observed',
      description: `Share of the time on screen, from each system's first poll on, in which its stations were observed (api.seen_span), mean of the chosen systems. Of an archive its own
time counts; of a system that is polled the time up to now, also when it has fallen silent.`,
      noValue: 'Not known',
      unit: 'percentunit',
      decimals: 1,
    },
    sqlTable(`
      select avg(share) as "Observed"
      from (
        select
          coalesce(
            sum(extract(epoch from least(span.to_at, bound.to_at) - greatest(span.from_at, bound.from_at)))
              filter (where span.from_at is not null),
            0
          ) / extract(epoch from bound.to_at - bound.from_at) as share
        from api.system
        cross join lateral (
          select
            greatest(first_observed_at, $__timeFrom()::timestamptz) as from_at,
            least(case when is_archive then last_observed_at end, ${END}) as to_at
        ) as bound
        left join api.seen_span as span
          on span.system_id = system.system_id and span.from_at < bound.to_at and span.to_at > bound.from_at
        where system.${CHOSEN_SYSTEMS} and bound.from_at < bound.to_at
        group by system.system_id, bound.from_at, bound.to_at
      ) as per_system
      having count(*) > 0`),
    { limits: thresholds(BAD, [GOOD, 0.95]) },
  );

const feedTable = () =>
  table(
    {
      title: 'Feed by feed, now',
      description: `One row per feed as it is now (api.feed_health), the worst first. Age: of the data, since the last success or, where the publisher's own stamps say so, longer.
Publisher's age: since the last_updated it declares, which many feeds set wrongly. An archive was imported and is not polled: it has no age. Left out: rows of the last body that could not be used.`,
      noValue: 'No feed has been polled yet',
      unit: 'none',
    },
    sqlTable(`
      select
        ${FEED_COLUMNS},
        case when not is_archive then extract(epoch from now() - last_updated)::double precision end as "Publisher's age",
        case when not is_archive then consecutive_failures end as "Failures in a row",
        last_error
          || coalesce(', refused since ' || to_char(refused_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', '') as "Last error",
        case when last_success_at is not null then stations_skipped end as "Left out",
        system_id
      from api.feed_health
      where ${CHOSEN_SYSTEMS}
      order by is_archive, overdue desc, consecutive_failures desc, system_id, feed
      limit 2000`),
    {
      System: { links: [toSystem] },
      Status: feedStatus,
      Age: { unit: 's', decimals: 1, width: 100 },
      ttl: { unit: 's', decimals: 0, width: 80 },
      "Publisher's age": { unit: 's', decimals: 1, width: 130 },
      'Failures in a row': { width: 130 },
      'Last error': { width: 260, wrapped: true },
      'Left out': { width: 80 },
      system_id: { hidden: true },
    },
  );

const coverage = () =>
  timeline(
    {
      title: 'How station_status was observed',
      description: `Polls by their outcome, a line for each of at most 30 systems: first those that were silent all the time, then those with the most interruptions (api.feed_coverage). Only
"observed" is observation: elsewhere "no change" means "not known".`,
      noValue: 'No system is polled',
      unit: 'none',
    },
    sqlTable(`
      with span as (${SPANS}
      ),
      seen as (
        select * from span where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      ),
      worst as (
        select system.system_id, count(seen.system_id) as spans
        from api.system
        left join seen using (system_id)
        where system.${CHOSEN_SYSTEMS}
        group by system.system_id, system.is_archive
        -- An archive has nothing to say of other times.
        having count(seen.system_id) > 0 or not system.is_archive
        order by count(seen.system_id) = 0 desc, count(seen.system_id) desc, system_id
        limit 30
      ),
      moment as (
        select system_id, $__timeFrom()::timestamptz as at, 0 as code from worst
        union all
        select system_id, edge.at, edge.code
        from worst
        join seen using (system_id)${COVERAGE_EDGES}
      )
      -- Where one run ends and the next begins, the beginning counts.
      select at as time, system_id as system, max(code) as code
      from moment
      group by 1, 2
      order by 1, 2
      limit 20000`),
    'system',
    outcomeCodes(),
  );
