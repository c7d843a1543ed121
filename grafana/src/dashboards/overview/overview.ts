import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, ORANGE, PALE_BLUE, thresholds } from '../../colours.ts';
import { dashboard } from '../../dashboard.ts';
import { line } from '../../layout.ts';
import { column, dataLink, toSystem, UIDS } from '../../links.ts';
import { firingAlerts } from '../../panels/alerts.ts';
import { chart } from '../../panels/chart.ts';
import { FEED_COLUMNS, FEED_STATUS, feedStatus } from '../../panels/feed-status.ts';
import { LEGEND_HEIGHT } from '../../panels/legend-strip.ts';
import { stat } from '../../panels/stat.ts';
import { table } from '../../panels/table.ts';
import { promSeries } from '../../questions/prometheus-query.ts';
import { sqlTable } from '../../questions/sql-query.ts';
import { BY_SYSTEM } from './by-system.ts';
import { everywhere, kinds } from './overview-map.ts';

/** The home page, with all systems. */
export function overview(): Dashboard {
  return dashboard({
    uid: UIDS.overview,
    title: 'Velolog: overview',
    description: 'All recorded bike-share systems: what they offer now, and whether their feeds answer.',
    from: 'now-6h',
    sections: [
      {
        // Maps come first: a phone shows the panels one below the other, each line from left to right.
        lines: [
          line(14, [10, everywhere()], [14, perSystem()]),
          line(LEGEND_HEIGHT, [24, kinds()]),
          line(
            4,
            [4, systems()],
            [4, stations()],
            [4, bikes()],
            [4, outOfBikes()],
            [4, feedsLate()],
            [4, oldest()],
          ),
          line(9, [10, firingAlerts()], [14, worstFeeds()]),
          line(8, [24, changesPerMinute()]),
        ],
      },
    ],
  });
}

const atEnd = (select: string) => sqlTable(`select ${select} from ${BY_SYSTEM}`);

const systems = () =>
  stat(
    {
      title: 'Systems now',
      description: 'Bike-share systems that are polled. Imported archives are not among them.',
      noValue: 'None yet',
      unit: 'none',
    },
    sqlTable('select count(*) as "Systems" from api.system where not is_archive having count(*) > 0'),
  );

const stations = () =>
  stat(
    {
      title: 'Stations',
      description: 'Stations in the newest list of their system, at the end of the time on screen.',
      noValue: 'Not observed',
      unit: 'none',
    },
    atEnd('sum(stations) as "Stations"'),
  );

const bikes = () =>
  stat(
    {
      title: 'Bikes to rent',
      description:
        'Bikes available at stations at the end of the time on screen, as their feeds say. Stations that do not say are left out.',
      noValue: 'Not known',
      unit: 'none',
    },
    atEnd('sum(bikes) as "Bikes"'),
  );

const outOfBikes = () =>
  stat(
    {
      title: 'Without bikes',
      description: 'Share of the stations in service with known counts at which nobody can rent.',
      noValue: 'Not known',
      unit: 'percentunit',
      decimals: 1,
    },
    atEnd('sum(empty)::float / nullif(sum(in_service), 0) as "Without bikes"'),
    { limits: thresholds(GOOD, [BAD, 0.25]) },
  );

const feedsLate = () =>
  stat(
    {
      title: 'Feeds late now',
      description:
        'Polled feeds that are overdue: no success for 5 minutes, 10 times their ttl and 3 times their usual interval, or data that stands still (docs/views.md). None should be.',
      noValue: 'None is polled',
      unit: 'none',
    },
    sqlTable(
      'select count(*) filter (where overdue) as "Late" from api.feed_health where not is_archive having count(*) > 0',
    ),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const oldest = () =>
  stat(
    {
      title: 'Oldest data now',
      description:
        'Age of the data of the polled system whose data is oldest, by the clock of its publisher as well (api.feed_health).',
      noValue: 'None is polled',
      unit: 's',
      decimals: 1,
    },
    sqlTable(
      `select round(max(age_seconds)) as "Age" from api.feed_health where feed = 'station_status' and not is_archive`,
    ),
    { limits: thresholds(GOOD, [BAD, 300]) },
  );

const perSystem = () =>
  table(
    {
      title: 'System by system',
      description:
        'What each system offered at the end of the time on screen. Status: how its feeds are now; an archive was imported and is not polled. A name leads to its dashboard.',
      noValue: 'No system has been recorded yet',
      unit: 'none',
    },
    sqlTable(`
      select
        coalesce(system.name, system.system_id) as "System",
        feeds.word as "Status",
        at_end.stations as "Stations",
        at_end.bikes as "Bikes",
        at_end.empty::float / nullif(at_end.in_service, 0) as "Empty",
        at_end."full"::float / nullif(at_end.in_service, 0) as "Full",
        nullif(at_end.unknown, 0) as "Unknown",
        feeds.age_seconds as "Age",
        system.system_id
      from api.system
      left join ${BY_SYSTEM} using (system_id)
      left join (
        select
          system_id,
          (array_agg(${FEED_STATUS} order by overdue desc, consecutive_failures desc))[1] as word,
          max(age_seconds) filter (where feed = 'station_status') as age_seconds
        from api.feed_health
        group by system_id
      ) as feeds using (system_id)
      order by system.is_archive, at_end.stations desc nulls last, 1
      limit 2000`),
    {
      System: { links: [toSystem] },
      Status: feedStatus,
      Stations: { width: 75 },
      Bikes: { width: 60 },
      Empty: { unit: 'percentunit', decimals: 0, bar: ORANGE, max: 1, width: 75 },
      Full: { unit: 'percentunit', decimals: 0, bar: PALE_BLUE, max: 1, width: 75 },
      Unknown: { width: 85 },
      Age: { unit: 's', decimals: 1, width: 80 },
      system_id: { hidden: true },
    },
  );

const changesPerMinute = () =>
  chart(
    {
      title: 'Changes stored per minute',
      description: `Rows that the store wrote because something at a station had changed, of all systems; imported history counts when it is imported. From
Prometheus, so that it costs the same for one system and for a thousand. Changes of one system, from the database: its dashboard.`,
      noValue: 'No data from Prometheus in this time',
      // Thousands apart: history that is imported comes at 200,000 a minute.
      unit: 'locale',
      decimals: 1,
    },
    [
      promSeries(
        '60 * sum(rate(velolog_rows_written_total{table="station_status"}[$__rate_interval]))',
        'changes',
      ),
    ],
    {
      filled: true,
      colours: { changes: PALE_BLUE },
      legend: 'none',
      points: true,
    },
  );

const worstFeeds = () =>
  table(
    {
      title: 'Feeds, the worst first',
      description: `The 10 polled feeds that are late now (overdue), then failing (the last poll failed), then the oldest for their ttl. When the first is on time, all are. Static
feeds are asked once an hour. Imported archives are not among them.`,
      noValue: 'No feed is polled',
      unit: 'none',
    },
    sqlTable(`
      select
        ${FEED_COLUMNS},
        consecutive_failures as "Failures",
        last_error as "Last error",
        system_id
      from api.feed_health
      where not is_archive
      order by
        overdue desc,
        consecutive_failures desc,
        feed = 'station_status' desc,
        age_seconds / greatest(ttl_seconds, 60) desc nulls first,
        system_id,
        feed
      limit 10`),
    {
      System: { links: [dataLink('Its feeds', UIDS.feeds, { system: column('system_id') })] },
      Status: feedStatus,
      Feed: { width: 170 },
      Age: { unit: 's', decimals: 1, width: 85 },
      ttl: { unit: 's', decimals: 0, width: 65 },
      Failures: { width: 75 },
      'Last error': { width: 150, wrapped: true },
      system_id: { hidden: true },
    },
  );
