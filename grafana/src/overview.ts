import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { chart } from './chart.ts';
import { BAD, GOOD, ORANGE, PALE_BLUE, thresholds } from './colours.ts';
import { dashboard } from './dashboard.ts';
import { FEED_IS, feedIs } from './feed-is.ts';
import { line } from './layout.ts';
import { column, dataLink, toStation, toSystem, UIDS } from './links.ts';
import { map } from './map.ts';
import { PER_MINUTE } from './panel.ts';
import { promSeries } from './prometheus-query.ts';
import { sqlTable } from './sql-query.ts';
import { stat } from './stat.ts';
import { currentLayer, SHARE_OF_BIKES, SIZE } from './station-map.ts';
import { table } from './table.ts';

/** All systems on one page: the home page. */
export function overview(): Dashboard {
  return dashboard({
    uid: UIDS.overview,
    title: 'Velolog: overview',
    description: 'All recorded bike-share systems: what they offer now, and whether their feeds answer.',
    from: 'now-6h',
    sections: [
      {
        lines: [
          line(
            4,
            [4, systems()],
            [4, stations()],
            [4, bikes()],
            [4, outOfBikes()],
            [4, feedsLate()],
            [4, oldest()],
          ),
          line(14, [12, everywhere()], [12, perSystem()]),
          line(8, [12, changesPerMinute()], [12, worstFeeds()]),
        ],
      },
    ],
  });
}

const now = (select: string) => sqlTable(`select ${select} from api.station_current where state <> 'absent'`);

const systems = () =>
  stat(
    {
      title: 'Systems',
      description: 'Bike-share systems of which anything has been recorded.',
      noValue: 'None yet',
      unit: 'none',
    },
    sqlTable('select count(*) as "Systems" from api.system'),
  );

const stations = () =>
  stat(
    {
      title: 'Stations',
      description: 'Stations that the newest list of their system had.',
      noValue: 'None yet',
      unit: 'none',
    },
    now('count(*) as "Stations"'),
  );

const bikes = () =>
  stat(
    {
      title: 'Bikes to rent',
      description:
        'Bikes available at stations now, as their feeds say. Stations that do not say are left out.',
      noValue: 'Not known',
      unit: 'none',
    },
    now('sum(num_bikes_available) as "Bikes"'),
  );

const outOfBikes = () =>
  stat(
    {
      title: 'Stations without bikes',
      description: 'Share of the stations in service at which nobody can rent now.',
      noValue: 'Not known',
      unit: 'percentunit',
      decimals: 1,
    },
    sqlTable(`
      select avg((state = 'empty')::integer) as "Without bikes"
      from api.station_current
      where state not in ('absent', 'closed')`),
    { limits: thresholds(GOOD, [BAD, 0.25]) },
  );

const feedsLate = () =>
  stat(
    {
      title: 'Feeds late',
      description:
        'Feeds whose last success is older than 5 minutes, 10 times their ttl and 3 times their usual interval. None should be.',
      noValue: 'None yet',
      unit: 'none',
    },
    sqlTable('select count(*) filter (where overdue) as "Late" from api.feed_health having count(*) > 0'),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const oldest = () =>
  stat(
    {
      title: 'Oldest station data',
      description: 'Age of what is shown of the system whose stations were observed longest ago.',
      noValue: 'None yet',
      unit: 's',
      decimals: 0,
    },
    sqlTable('select round(max(age_seconds)) as "Age" from api.station_current'),
    { limits: thresholds(GOOD, [BAD, 300]) },
  );

const everywhere = () =>
  map(
    {
      title: 'Stations now',
      description: `Stations of all systems, from api.station_current: size is capacity, colour is state and share of bikes
(orange none to rent, blue none to return, grey out of service or not listed). At most about 2,000 are drawn, the same number of each system, chosen by a hash of
the station's id, so that large systems are thinned evenly and small ones are whole. A system's own dashboard has all of it. The map fits itself to the stations at each refresh.`,
      noValue: 'No stations yet',
      unit: 'none',
    },
    sqlTable(`
      select
        coalesce(name, station_id) as "Station",
        system_id as "System",
        state as "State",
        num_bikes_available as "Bikes",
        num_docks_available as "Docks",
        ${SHARE_OF_BIKES} as "Share of bikes",
        round(age_seconds) as "Age of data",
        ${SIZE} as size,
        lat, lon, system_id, station_id
      from (
        select *, row_number() over (partition by system_id order by md5(station_id)) as place
        from api.station_current
        where lat is not null and lon is not null
      ) as stations
      where place <= greatest(1, 2000 / (select count(*) from api.system))
      order by place, system_id
      limit 4000`),
    currentLayer(null, [toStation, dataLink('The system', UIDS.system, { system: column('system_id') })]),
  );

const perSystem = () =>
  table(
    {
      title: 'System by system',
      description:
        'What each system offers now. Late: feeds of it that are overdue. A name leads to its dashboard.',
      noValue: 'No system has been recorded yet',
      unit: 'none',
    },
    sqlTable(`
      select
        coalesce(system.name, system.system_id) as "System",
        now.stations as "Stations",
        now.bikes as "Bikes",
        now.empty as "Empty",
        now.full as "Full",
        now.closed as "Closed",
        round(now.age_seconds) as "Age",
        late.feeds as "Late",
        system.system_id
      from api.system
      left join (
        select
          system_id,
          count(*) filter (where state <> 'absent') as stations,
          sum(num_bikes_available) filter (where state <> 'absent') as bikes,
          avg((state = 'empty')::integer) filter (where state not in ('absent', 'closed')) as empty,
          avg((state = 'full')::integer) filter (where state not in ('absent', 'closed')) as full,
          count(*) filter (where state = 'closed') as closed,
          max(age_seconds) as age_seconds
        from api.station_current
        group by system_id
      ) as now using (system_id)
      left join (
        select system_id, count(*) filter (where overdue) as feeds from api.feed_health group by system_id
      ) as late using (system_id)
      order by now.stations desc nulls last, 1
      limit 2000`),
    {
      System: { links: [toSystem] },
      Stations: { width: 75 },
      Bikes: { width: 65 },
      Empty: { unit: 'percentunit', decimals: 0, bar: ORANGE, max: 1, width: 100 },
      Full: { unit: 'percentunit', decimals: 0, bar: PALE_BLUE, max: 1, width: 100 },
      Closed: { width: 65 },
      Age: { unit: 's', decimals: 0, width: 65 },
      Late: { width: 55 },
      system_id: { hidden: true },
    },
  );

const changesPerMinute = () =>
  chart(
    {
      title: 'Changes stored per minute',
      description: `Rows that the store wrote because something at a station had become other than it was, of all systems; imported history counts when it is imported. From
Prometheus, so that it costs the same for one system and for a thousand. Changes of one system, from the database: its dashboard.`,
      noValue: 'No data from Prometheus yet',
      unit: PER_MINUTE,
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
      description: `The 10 feeds that are late (overdue), then failing (the last poll failed), then the oldest for their ttl. When the first is in time, all are. Feeds other than
station_status are asked once an hour.`,
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
        consecutive_failures as "Failures",
        last_error as "Last error",
        system_id
      from api.feed_health
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
      Is: feedIs,
      Age: { unit: 's', decimals: 0, width: 75 },
      ttl: { unit: 's', decimals: 0, width: 70 },
      Failures: { width: 75 },
      system_id: { hidden: true },
    },
  );
