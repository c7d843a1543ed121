import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, outcomeCodes, thresholds } from './colours.ts';
import { coverageSpans } from './coverage-spans.ts';
import { dashboard } from './dashboard.ts';
import { FEED_IS, feedIs } from './feed-is.ts';
import { coerced, delay, duration, polls, publisherAge, rejected, successAge } from './feed-polls.ts';
import { line } from './layout.ts';
import { toSystem, UIDS } from './links.ts';
import { sqlArray, sqlSeries, sqlTable } from './sql-query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { timeline } from './timeline.ts';
import { manySystems } from './variables.ts';

const CHOSEN = `system_id = any(${sqlArray('system')})`;

/** Whether feeds answer, how old what they say is, and what of it cannot be used. */
export function feedHealth(): Dashboard {
  return dashboard({
    uid: UIDS.feeds,
    title: 'Velolog: feed health',
    description:
      'Whether the feeds answer, how old what they say is, what of it cannot be used, and what was not seen.',
    from: 'now-6h',
    variables: [manySystems()],
    sections: [
      {
        lines: [
          line(4, [6, feeds()], [6, late()], [6, failing()], [6, observedShare()]),
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
  sqlTable(`select ${select} from api.feed_health where ${CHOSEN} having count(*) > 0`);

const feeds = () =>
  stat(
    {
      title: 'Feeds',
      description: 'Feeds of the chosen systems that have been polled.',
      noValue: 'None yet',
      unit: 'none',
    },
    health('count(*) as "Feeds"'),
  );

const late = () =>
  stat(
    {
      title: 'Late',
      description: 'Last success older than 5 minutes, 10 times the ttl and 3 times the usual interval.',
      noValue: 'None yet',
      unit: 'none',
    },
    health('count(*) filter (where overdue) as "Late"'),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const failing = () =>
  stat(
    { title: 'Failing', description: 'Feeds whose last poll failed.', noValue: 'None yet', unit: 'none' },
    health('count(*) filter (where consecutive_failures > 0) as "Failing"'),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const SPANS = coverageSpans(CHOSEN);

const observedShare = () =>
  stat(
    {
      title: 'Time observed',
      description: `Share of the time on screen, from each system's first poll on, in which its stations were observed (api.feed_coverage), mean of the chosen systems. The last
minutes count as not observed until a poll ends them.`,
      noValue: 'Not known',
      unit: 'percentunit',
      decimals: 1,
    },
    sqlTable(`
      select avg(share) as "Observed"
      from (
        select
          sum(extract(epoch from least(held_to, $__timeTo()::timestamptz) - greatest(from_at, $__timeFrom()::timestamptz)))
            filter (where outcome = 'observed')
            / nullif(extract(epoch from least(max(held_to), $__timeTo()::timestamptz) - greatest(min(from_at), $__timeFrom()::timestamptz)), 0) as share
        from (${SPANS}
        ) as span
        where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
        group by system_id
      ) as per_system
      having count(*) > 0`),
    { limits: thresholds(BAD, [GOOD, 0.95]) },
  );

const feedTable = () =>
  table(
    {
      title: 'Feed by feed',
      description: `One row per feed (api.feed_health), the worst first. Age: since the last success, by our clock. Publisher's age: since the last_updated it declares, which many feeds
set wrongly. Left out: rows of the last body that could not be used.`,
      noValue: 'No feed has been polled yet',
      unit: 'none',
    },
    sqlTable(`
      select
        system_id as "System",
        feed as "Feed",
        ${FEED_IS} as "Is",
        round(age_seconds) as "Age",
        ttl_seconds as "ttl",
        round(extract(epoch from now() - last_updated))::double precision as "Publisher's age",
        consecutive_failures as "Failures in a row",
        last_error as "Last error",
        stations_skipped as "Left out",
        system_id
      from api.feed_health
      where ${CHOSEN}
      order by overdue desc, consecutive_failures desc, system_id, feed
      limit 2000`),
    {
      System: { links: [toSystem] },
      Is: feedIs,
      Age: { unit: 's', decimals: 0, width: 90 },
      ttl: { unit: 's', decimals: 0, width: 80 },
      "Publisher's age": { unit: 's', decimals: 0, width: 120 },
      'Failures in a row': { width: 130 },
      'Left out': { width: 80 },
      system_id: { hidden: true },
    },
  );

const coverage = () =>
  timeline(
    {
      title: 'How station_status was observed',
      description: `Polls by their outcome, a line for each of at most 30 systems, those with the most interruptions first (api.feed_coverage). Only "observed" is observation: elsewhere
"no change" means "not known". Nothing is drawn where nobody polled.`,
      noValue: 'No poll in this time',
      unit: 'none',
    },
    sqlSeries(`
      with span as (${SPANS}
      ),
      worst as (
        select system_id
        from span
        where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
        group by system_id
        order by count(*) desc, system_id
        limit 30
      )
      select moment.at as time, system_id as system, moment.code
      from worst
      join span using (system_id)
      cross join array_position(array['observed', 'empty', 'undecodable', 'failed', 'lost'], outcome) as outcome_code
      cross join lateral (
        values
          (greatest(from_at, $__timeFrom()::timestamptz), outcome_code),
          (least(held_to, $__timeTo()::timestamptz), case when held_to > $__timeTo()::timestamptz then outcome_code else 0 end)
      ) as moment (at, code)
      where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      -- Where one run ends and the next begins, the beginning counts.
      order by 1, 2, 3
      limit 20000`),
    'system',
    outcomeCodes(),
  );
