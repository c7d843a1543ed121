import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { chart } from './chart.ts';
import {
  BAD,
  BLUE,
  GOOD,
  GREY,
  ORANGE,
  outcomeCodes,
  PALE_BLUE,
  PALE_ORANGE,
  thresholds,
  valueMap,
} from './colours.ts';
import { coverageSpans } from './coverage-spans.ts';
import { dashboard } from './dashboard.ts';
import { line } from './layout.ts';
import { toSystem, UIDS } from './links.ts';
import { promSeries } from './prometheus-query.ts';
import { sqlArray, sqlSeries, sqlTable } from './sql-query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { timeline } from './timeline.ts';
import { manySystems } from './variables.ts';

const CHOSEN = `system_id = any(${sqlArray('system')})`;
const LABELS = 'system=~"$system"';

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
        case when overdue then 'late' when consecutive_failures > 0 then 'failing' else 'in time' end as "Is",
        age_seconds as "Age",
        ttl_seconds as "ttl",
        extract(epoch from now() - last_updated)::double precision as "Publisher's age",
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
      Is: {
        mappings: [
          valueMap([
            ['late', 'late', BAD],
            ['failing', 'failing', PALE_ORANGE],
            ['in time', 'in time', GOOD],
          ]),
        ],
        coloured: true,
        width: 80,
      },
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
      cross join lateral (
        values
          (greatest(from_at, $__timeFrom()::timestamptz), array_position(array['observed', 'empty', 'undecodable', 'failed', 'lost'], outcome)),
          (held_to, 0)
      ) as moment (at, code)
      where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
        and moment.at <= $__timeTo()::timestamptz
      -- Where one run ends and the next begins, the beginning counts.
      order by 1, 2, 3
      limit 20000`),
    'system',
    outcomeCodes(),
  );

const successAge = () =>
  chart(
    {
      title: 'Time since the last success',
      description:
        'By our clock: since the feed last answered with JSON or "not modified". The discovery feed (gbfs) is left out: it is polled hourly.',
      noValue: 'No data from Prometheus yet',
      unit: 's',
    },
    [
      promSeries(
        `max by (system, feed) (time() - gbfs_feed_last_success_timestamp_seconds{${LABELS}, feed=~"station_status|free_bike_status|vehicle_status"})`,
        '{{system}} {{feed}}',
      ),
    ],
  );

const publisherAge = () =>
  chart(
    {
      title: "Publisher's age in ttls",
      description: `How old the feed's own last_updated is, in multiples of its ttl (of at least 60 s). A feed that answers and stays above 10 is frozen, or its clock is wrong. Absent where the
feed declares neither.`,
      noValue: 'No feed declares last_updated and ttl, or no data from Prometheus yet',
      unit: 'none',
      decimals: 1,
    },
    [
      promSeries(
        `max by (system, feed) ((time() - gbfs_feed_last_updated_timestamp_seconds{${LABELS}, feed="station_status"}) / clamp_min(gbfs_feed_ttl_seconds, 60))`,
        '{{system}} {{feed}}',
      ),
    ],
    {
      defaults: { thresholds: thresholds('transparent', [BAD, 10]) },
      overrides: [
        {
          matcher: { id: 'byType', options: 'number' },
          properties: [{ id: 'custom.thresholdsStyle', value: { mode: 'dashed' } }],
        },
      ],
    },
  );

const polls = () =>
  chart(
    {
      title: 'Polls by outcome',
      description: 'Finished polls per minute: fetched (a body), unchanged (304), failed.',
      noValue: 'No data from Prometheus yet',
      unit: 'cpm',
      decimals: 1,
    },
    [
      promSeries(
        `60 * sum by (outcome) (rate(gbfs_polls_total{${LABELS}}[$__rate_interval]))`,
        '{{outcome}}',
      ),
    ],
    { stacked: true, colours: { fetched: BLUE, unchanged: PALE_BLUE, failed: ORANGE } },
  );

const duration = () =>
  chart(
    {
      title: 'How long a poll takes',
      description: 'From the request to the whole body, half and 95 % of the polls of all systems.',
      noValue: 'No data from Prometheus yet',
      unit: 's',
    },
    [
      promSeries(quantile(0.5, 'gbfs_poll_duration_seconds'), 'half'),
      promSeries(quantile(0.95, 'gbfs_poll_duration_seconds'), '95 %'),
    ],
    { colours: { half: PALE_BLUE, '95 %': BLUE } },
  );

const delay = () =>
  chart(
    {
      title: 'How late a poll begins',
      description:
        'After it was due: the limits of its host, or too little CPU. Half and 95 % of the polls of all systems.',
      noValue: 'No data from Prometheus yet',
      unit: 's',
    },
    [
      promSeries(quantile(0.5, 'velolog_poll_delay_seconds'), 'half'),
      promSeries(quantile(0.95, 'velolog_poll_delay_seconds'), '95 %'),
    ],
    { colours: { half: PALE_BLUE, '95 %': BLUE } },
  );

export function quantile(of: number, histogram: string): string {
  return `histogram_quantile(${of}, sum by (le) (rate(${histogram}_bucket[$__rate_interval])))`;
}

const rejected = () =>
  chart(
    {
      title: 'Rows left out',
      description:
        'Rows of feeds per minute that could not be used, by reason; the rest of the feed was. A line "none" at 0 means that nothing was left out.',
      noValue: 'No data from Prometheus yet',
      unit: 'cpm',
    },
    [promSeries(byReason('gbfs_feed_rejected_rows_total'), '{{reason}}')],
    { colours: { none: GREY } },
  );

const coerced = () =>
  chart(
    {
      title: 'Values repaired',
      description:
        'Values per minute that were repaired or set to unknown, by reason. A line "none" at 0 means that all were as the specification has them.',
      noValue: 'No data from Prometheus yet',
      unit: 'cpm',
    },
    [promSeries(byReason('gbfs_feed_coerced_values_total'), '{{reason}}')],
    { colours: { none: GREY } },
  );

const byReason = (counter: string) =>
  `60 * sum by (reason) (rate(${counter}{${LABELS}}[$__rate_interval])) or label_replace(vector(0), "reason", "none", "", "")`;
