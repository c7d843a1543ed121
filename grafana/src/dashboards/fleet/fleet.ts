import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
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
} from '../../colours.ts';
import { dashboard, unobservedTime } from '../../dashboard.ts';
import { line } from '../../layout.ts';
import { UIDS } from '../../links.ts';
import { ageOfData } from '../../panels/age-of-data.ts';
import { barChart } from '../../panels/bar-chart.ts';
import { chart } from '../../panels/chart.ts';
import { LEGEND_HEIGHT } from '../../panels/legend-strip.ts';
import { stat } from '../../panels/stat.ts';
import { statusHistory } from '../../panels/status-history.ts';
import { timeline } from '../../panels/timeline.ts';
import { COVERAGE_EDGES, coverageSpans, VEHICLE_FEEDS } from '../../questions/coverage-spans.ts';
import { operatorAlerts } from '../../questions/operator-alerts.ts';
import { sqlString, sqlTable } from '../../questions/sql-query.ts';
import { oneFleet } from '../../questions/variables.ts';
import { cellMap, cellStrip, HEAT_LIMITS, STATE_COLOURS, vehicleMap, vehicleStrip } from './fleet-map.ts';
import {
  ageOfList,
  cellHoursQuery,
  changesQuery,
  countsQuery,
  idleQuery,
  kindsQuery,
  lowRangeQuery,
  NO_VEHICLE,
  NONE_TELLS,
  ofFleet,
  rangesQuery,
} from './fleet-queries.ts';

const SYSTEM = sqlString('system');

/** Shows the vehicles of one system that are not at a station. */
export function fleet(): Dashboard {
  return dashboard({
    uid: UIDS.fleet,
    title: 'Velolog: fleet',
    description:
      'The vehicles of one system that are not at a station: where they are, in which state, what came and went, and how long they have stood.',
    from: 'now-24h',
    variables: [oneFleet()],
    annotations: [unobservedTime(SYSTEM, 'vehicles'), operatorAlerts(SYSTEM)],
    sections: [
      {
        lines: [
          line(14, [12, vehicleMap(SYSTEM)], [12, cellMap(SYSTEM)]),
          line(LEGEND_HEIGHT, [12, vehicleStrip(SYSTEM)], [12, cellStrip(SYSTEM)]),
          line(
            4,
            [4, vehicles()],
            [4, toRent()],
            [4, disabled()],
            [4, docked()],
            [4, lowRange()],
            [4, age()],
          ),
        ],
      },
      {
        title: 'Over time',
        lines: [
          line(8, [12, states()], [12, kinds()]),
          line(8, [12, changes()], [12, coverage()]),
          line(11, [24, cellHours()]),
        ],
      },
      {
        title: 'How long they stand, and how far they go',
        lines: [line(8, [12, idle()], [12, ranges()])],
      },
    ],
  });
}

const number = (title: string, description: string, count: string) =>
  stat({ title, description, noValue: 'Not observed', unit: 'none' }, ofFleet(SYSTEM, title, count));

const vehicles = () =>
  number(
    'Vehicles',
    'In the list at the end of the time on screen, without those at stations. An empty list is 0.',
    'count(*) filter (where station_id is null)',
  );

const toRent = () =>
  number(
    'To rent',
    'Neither reserved nor disabled, and not at a station.',
    "count(*) filter (where station_id is null and state = 'available')",
  );

const disabled = () =>
  number(
    'Disabled',
    'Listed but not for rent: broken, empty, or put aside by the operator. Not at a station.',
    "count(*) filter (where station_id is null and state = 'disabled')",
  );

const docked = () =>
  number(
    'At stations',
    'Vehicles that the list places at a station. Stations may count them too, so the other numbers leave them out.',
    'count(*) filter (where station_id is not null)',
  );

const lowRange = () =>
  stat(
    {
      title: 'Low range now',
      description:
        "Share of the vehicles that can be rented now with less than 5 km of range, by the operator's own estimate; vehicles without an estimate are left out. Not reported: none has one.",
      noValue: 'Not observed',
      unit: 'percentunit',
      decimals: 1,
    },
    lowRangeQuery(SYSTEM),
    {
      limits: thresholds(GOOD, [BAD, 0.25]),
      defaults: {
        mappings: [
          valueMap([
            [NONE_TELLS, 'Not reported', GREY],
            [NO_VEHICLE, 'No vehicle', GREY],
          ]),
        ],
      },
    },
  );

const age = () => ageOfData(ageOfList(SYSTEM));

const states = () =>
  chart(
    {
      title: 'Vehicles by state',
      description:
        'Vehicles that are not at a station (api.vehicle_count_between). Rented vehicles are in no list. A gap: not observed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [countsQuery(SYSTEM)],
    { shape: 'steps', stacked: true, colours: STATE_COLOURS },
  );

const kinds = () =>
  chart(
    {
      title: 'Vehicles by form factor',
      description:
        'Vehicles that are not at a station (api.vehicle_count_between); a kind that the system did not have in this time has no line. A gap: not observed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [kindsQuery(SYSTEM)],
    {
      shape: 'steps',
      colours: {
        Bicycles: PALE_BLUE,
        Scooters: BLUE,
        Mopeds: PALE_ORANGE,
        Cars: ORANGE,
        'Other or unknown': GREY,
      },
    },
  );

const changes = () =>
  chart(
    {
      title: 'Vehicles that appeared and vanished',
      description: `Per cell of the map and poll (api.vehicle_change_between, LAG): lower bounds of ends and beginnings of rides, since what cancels out between two polls is not seen; vans and repairs
look the same. Changes after a gap in observation are left out: nobody knows when they were.`,
      noValue: 'No change was seen in this time, or not observed',
      unit: 'none',
      decimals: 0,
    },
    [changesQuery(SYSTEM)],
    {
      shape: 'bars',
      stacked: true,
      colours: { Appeared: PALE_BLUE, Vanished: PALE_ORANGE },
      interval: '1m',
      maxDataPoints: 150,
      min: null,
    },
  );

const coverage = () =>
  timeline(
    {
      title: 'How the list was observed',
      description: `Polls of the system's list of vehicles by their outcome (api.feed_coverage). Only "observed" counts as observation, of an empty list too; "not polled" means that nobody asked.`,
      noValue: 'No list of vehicles is polled',
      unit: 'none',
    },
    sqlTable(`
      with span as (${coverageSpans(`system_id = ${SYSTEM}`, VEHICLE_FEEDS)}
      ),
      moment as (
        select feed, $__timeFrom()::timestamptz as at, 0 as code from span group by 1
        union all
        -- Of no row Grafana says that the data has no time.
        select 'vehicles', $__timeFrom()::timestamptz, 0 where not exists (select from span)
        union all
        select feed, edge.at, edge.code
        from span${COVERAGE_EDGES}
        where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      )
      select at as time, feed, max(code) as code
      from moment
      group by 1, 2
      order by 1, 2
      limit 10000`),
    'feed',
    outcomeCodes(),
  );

const cellHours = () =>
  statusHistory(
    {
      title: 'The fullest cells, hour by hour',
      description: `Mean vehicles per hour in the 20 cells (geohash of 7 characters, about 150 m) that had the most in this time (api.vehicle_cell_hour); colours as on the map. No square: nothing is known of the
hour, or it is not summed yet, which takes up to 15 minutes.`,
      noValue: 'No hour in this time range has been summed yet, or none was observed',
      unit: 'none',
      decimals: 1,
    },
    cellHoursQuery(SYSTEM),
    'cell',
    HEAT_LIMITS,
  );

const idle = () =>
  barChart(
    {
      title: 'How long vehicles to rent have stood',
      description:
        'At the end of the time on screen, at one place and in one state (api.vehicle_stay_between); at least that long if the time before was not observed. Without those at stations.',
      noValue: 'No vehicle to rent, or not observed',
      unit: 'none',
    },
    idleQuery(SYSTEM),
    { of: 'Parked for', colours: { Vehicles: PALE_BLUE }, spacing: 60 },
  );

const ranges = () =>
  barChart(
    {
      title: 'Range of vehicles to rent now',
      description:
        "By the operator's own estimate, in whole kilometres (api.vehicle_current). Without those at stations.",
      noValue: 'No vehicle to rent, or not observed',
      unit: 'none',
    },
    rangesQuery(SYSTEM),
    { of: 'Range', colours: { Vehicles: PALE_BLUE }, spacing: 60 },
  );
