import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { ageOfData } from './age-of-data.ts';
import { chart } from './chart.ts';
import { BAD, BLUE, GOOD, GREY, ORANGE, PALE_BLUE, PALE_ORANGE, thresholds } from './colours.ts';
import { dashboard, unobservedTime } from './dashboard.ts';
import { line } from './layout.ts';
import { toStation, UIDS } from './links.ts';
import { type FixedView, map } from './map.ts';
import { STEP_SECONDS, sqlSeries, sqlString, sqlTable, WINDOW } from './sql-query.ts';
import { stat } from './stat.ts';
import { currentLayer, netLayer } from './station-map.ts';
import { outageTimeline, slaPerDay, slaPerStation, worstStations } from './system-failures.ts';
import { netChangeQuery, stationsNowQuery } from './system-queries.ts';
import { table } from './table.ts';
import { oneSystem, serviceTarget, thisSystem } from './variables.ts';

const SYSTEM = sqlString('system');

/** A system with a view of its maps that stays as it is. */
export type FixedSystem = { uid: string; system_id: string; name: string | null; view: FixedView };

/**
 * One system.
 * @param fixed makes a dashboard for that system only, whose maps do not move; without it a variable chooses the system
 * and the maps fit themselves to its stations at every refresh, since Grafana's maps take no variables
 */
export function system(fixed: FixedSystem | null = null): Dashboard {
  const view = fixed?.view ?? null;
  return dashboard({
    uid: fixed?.uid ?? UIDS.system,
    title: fixed ? `Velolog: ${fixed.name ?? fixed.system_id}` : 'Velolog: system',
    description:
      'One bike-share system: its stations now, what came and went, where bikes or docks ran out, and for how long.',
    from: 'now-24h',
    tags: fixed ? ['fixed-map'] : [],
    variables: [fixed ? thisSystem(fixed.system_id) : oneSystem(), ...serviceTarget()],
    annotations: [unobservedTime(SYSTEM)],
    sections: [
      {
        lines: [
          line(4, [4, stations()], [4, bikes()], [4, docks()], [4, empty()], [4, full()], [4, age()]),
          line(15, [12, stationsNow(view)], [12, netChange(view)]),
        ],
      },
      {
        title: 'Over time',
        lines: [
          line(8, [12, bikesAndDocks()], [12, emptyAndFull()]),
          line(8, [12, arrivalsAndDepartures()], [12, latestChanges()]),
        ],
      },
      {
        title: 'Where it fails riders',
        lines: [
          line(11, [12, worstStations()], [12, outageTimeline()]),
          line(10, [10, slaPerDay()], [14, slaPerStation()]),
        ],
      },
    ],
  });
}

const ofStations = (select: string, where = "state <> 'absent'") =>
  sqlTable(`select ${select} from api.station_current where system_id = ${SYSTEM} and ${where}`);

const number = (title: string, description: string, select: string) =>
  stat({ title, description, noValue: 'Not known', unit: 'none' }, ofStations(select));

const stations = () => number('Stations', 'Stations that the newest list had.', 'count(*) as "Stations"');

const bikes = () =>
  number(
    'Bikes to rent',
    'Available at all stations now. Stations that do not say are left out.',
    'sum(num_bikes_available) as "Bikes"',
  );

const docks = () =>
  number(
    'Free docks',
    'Free at all stations now. Stations that do not say are left out.',
    'sum(num_docks_available) as "Docks"',
  );

const share = (title: string, description: string, state: 'empty' | 'full') =>
  stat(
    { title, description, noValue: 'Not known', unit: 'percentunit', decimals: 1 },
    ofStations(`avg((state = '${state}')::integer) as "${title}"`, "state not in ('absent', 'closed')"),
    { limits: thresholds(GOOD, [BAD, 0.25]) },
  );

const empty = () => share('Empty', 'Share of the stations in service at which nobody can rent now.', 'empty');
const full = () => share('Full', 'Share of the stations in service that take no bike now.', 'full');

const age = () => ageOfData(ofStations('round(min(age_seconds)) as "Age"'));

const stationsNow = (view: FixedView | null) =>
  map(
    {
      title: 'Stations now',
      description:
        `Every station of api.station_current: size is capacity, colour is state and share of bikes (orange none to rent, blue none to return, grey out of service or
no longer listed). A click shows it and leads to its dashboard. ${view ? '' : 'The map fits itself to the stations at each refresh; maps that stay where you look: docs/dashboards.md.'}`.trim(),
      noValue: 'No stations yet',
      unit: 'none',
    },
    stationsNowQuery(SYSTEM),
    currentLayer(view),
  );

const netChange = (view: FixedView | null) =>
  map(
    {
      title: 'Bikes gained and lost in this time',
      description: `The sum of all changes in the time on screen, from api.station_change_between (LAG): blue gained bikes, orange lost them, size is how many came and went.
What cancels out between two polls is not seen, and a van looks like riders. Stations without a change are not drawn.`,
      noValue: 'No change in this time',
      unit: 'none',
    },
    netChangeQuery(SYSTEM),
    netLayer(view),
  );

const bikesAndDocks = () =>
  chart(
    {
      title: 'Bikes and docks',
      description:
        'At all stations together (api.system_count_between). Bikes that are ridden are at no station. A gap: not observed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select at as time, num_bikes_available as "Bikes", num_docks_available as "Free docks"
        from api.system_count_between(${WINDOW}, ${SYSTEM}, ${STEP_SECONDS})
        order by 1`),
    ],
    { shape: 'steps', colours: { Bikes: PALE_ORANGE, 'Free docks': PALE_BLUE } },
  );

const emptyAndFull = () =>
  chart(
    {
      title: 'Empty, full and closed stations',
      description: 'How many stations are in each state (api.system_count_between). A gap: not observed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select at as time, stations_empty as "Empty", stations_full as "Full", stations_closed as "Closed"
        from api.system_count_between(${WINDOW}, ${SYSTEM}, ${STEP_SECONDS})
        order by 1`),
    ],
    { shape: 'steps', colours: { Empty: ORANGE, Full: BLUE, Closed: GREY } },
  );

const arrivalsAndDepartures = () =>
  chart(
    {
      title: 'Bikes that came and went',
      description: `Sums of the changes of bikes at stations, up and down (api.station_change_between): lower bounds of returns and rentals, since what cancels out between
two polls is not seen. Changes after a gap in observation are left out: nobody knows when they were.`,
      noValue: 'No change in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select
          $__timeGroupAlias(observed_at, $__interval),
          sum(greatest(bikes_delta, 0)) as "Came",
          sum(least(bikes_delta, 0)) as "Went"
        from api.station_change_between(${WINDOW}, ${SYSTEM})
        where gap_seconds = 0
        group by 1
        order by 1`),
    ],
    {
      shape: 'bars',
      stacked: true,
      colours: { Came: PALE_BLUE, Went: PALE_ORANGE },
      interval: '1m',
      maxDataPoints: 150,
      min: null,
    },
  );

const latestChanges = () =>
  table(
    {
      title: 'Latest changes',
      description:
        'The last 50 changes in the time on screen (api.station_change_between). A name leads to the station.',
      noValue: 'No change in this time',
      unit: 'none',
    },
    sqlTable(`
      select
        observed_at as "Seen at",
        coalesce(name, station_id) as "Station",
        bikes_delta as "Change",
        num_bikes_available as "Bikes",
        num_docks_available as "Docks",
        system_id,
        station_id
      from api.station_change_between(${WINDOW}, ${SYSTEM})
      order by observed_at desc
      limit 50`),
    {
      'Seen at': { unit: 'dateTimeAsIsoNoDateIfToday', width: 165 },
      Station: { links: [toStation] },
      Change: { width: 80 },
      Bikes: { width: 70 },
      Docks: { width: 70 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );
