import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, PALE_BLUE, PALE_ORANGE, thresholds } from '../colours.ts';
import { dashboard, unobservedTime } from '../dashboard.ts';
import { line } from '../layout.ts';
import { UIDS } from '../links.ts';
import { type FixedView, map } from '../maps/map.ts';
import { kindStrip, netLayer, netStrip, stationLayer } from '../maps/station-map.ts';
import { ageOfData, ageOfStations } from '../panels/age-of-data.ts';
import { chart } from '../panels/chart.ts';
import { ebikesOverTime } from '../panels/ebikes-over-time.ts';
import { LEGEND_HEIGHT } from '../panels/legend-strip.ts';
import { stat } from '../panels/stat.ts';
import { operatorAlerts } from '../questions/operator-alerts.ts';
import {
  STEP_SECONDS,
  sqlSeries,
  sqlString,
  sqlTable,
  stationsAtEnd,
  WINDOW,
} from '../questions/sql-query.ts';
import { oneSystem, serviceTarget, thisSystem } from '../questions/variables.ts';
import { IN_SERVICE, STATES } from '../station-states.ts';
import { arrivalsAndDepartures, latestChanges } from './system-changes.ts';
import { outageTimeline, slaPerDay, slaPerStation, worstStations } from './system-failures.ts';
import { netChangeQuery, stationsAtTheEndQuery } from './system-queries.ts';

const SYSTEM = sqlString('system');

/** A system whose maps keep a fixed view. */
export type FixedSystem = { uid: string; system_id: string; name: string | null; view: FixedView };

/**
 * Shows one system.
 * @param fixed makes a dashboard for that system only, whose maps do not move. Without it a variable chooses the system, and the maps fit
 * themselves to its stations at every refresh, because Grafana's maps cannot use variables.
 */
export function system(fixed: FixedSystem | null = null): Dashboard {
  const view = fixed?.view ?? null;
  return dashboard({
    uid: fixed?.uid ?? UIDS.system,
    title: fixed ? `Velolog: ${fixed.name ?? fixed.system_id}` : 'Velolog: system',
    description:
      'One bike-share system: its stations, what came and went, where bikes or docks ran out, and for how long.',
    from: 'now-24h',
    tags: fixed ? ['fixed-map'] : [],
    variables: [fixed ? thisSystem(fixed.system_id) : oneSystem(), ...serviceTarget()],
    annotations: [unobservedTime(SYSTEM), operatorAlerts(SYSTEM)],
    sections: [
      {
        lines: [
          // Maps come first: a phone shows the panels one below the other.
          line(14, [12, stationsAtTheEnd(view)], [12, netChange(view)]),
          line(LEGEND_HEIGHT, [12, kinds()], [12, netKinds()]),
          line(
            4,
            [3, stations()],
            [4, bikes()],
            [3, ebikes()],
            [4, docks()],
            [3, empty()],
            [3, full()],
            [4, age()],
          ),
        ],
      },
      {
        title: 'Over time',
        lines: [
          line(8, [12, bikesAndDocks()], [12, emptyAndFull()]),
          line(8, [12, arrivalsAndDepartures()], [12, latestChanges()]),
          line(6, [24, ebikesOverTime('at all stations together', SYSTEM)]),
        ],
      },
      {
        title: 'Where it fails riders',
        lines: [
          line(11, [13, worstStations()], [11, outageTimeline()]),
          line(10, [10, slaPerDay()], [14, slaPerStation()]),
        ],
      },
    ],
  });
}

const AT_END = `${stationsAtEnd(SYSTEM)} as station`;

const ofStations = (select: string, where = "state <> 'absent'") =>
  sqlTable(`select ${select} from ${AT_END} where ${where}`);

const number = (title: string, description: string, select: string) =>
  stat({ title, description, noValue: 'Not observed', unit: 'none' }, ofStations(select));

const stations = () =>
  number(
    'Stations',
    'Stations in the newest list, at the end of the time on screen.',
    'nullif(count(*), 0) as "Stations"',
  );

const bikes = () =>
  number(
    'Bikes to rent',
    'Available at all stations at the end of the time on screen. Stations that do not say are left out.',
    'sum(num_bikes_available) as "Bikes"',
  );

const ebikes = () =>
  stat(
    {
      title: 'E-bikes',
      description:
        'E-bikes to rent at the end of the time on screen, at the stations that tell how many of their bikes are electric.',
      noValue: 'Not known',
      unit: 'none',
    },
    ofStations('sum(num_ebikes_available) as "E-bikes"'),
  );

const docks = () =>
  number(
    'Free docks',
    'Free at all stations at the end of the time on screen. Stations that do not say are left out.',
    'sum(num_docks_available) as "Docks"',
  );

const share = (title: string, description: string, state: 'empty' | 'full') =>
  stat(
    { title, description, noValue: 'Not known', unit: 'percentunit', decimals: 1 },
    ofStations(`avg((state = '${state}')::integer) as "${title}"`, IN_SERVICE),
    { limits: thresholds(GOOD, [BAD, 0.25]) },
  );

const empty = () =>
  share('Empty', 'Share of the stations in service with known counts at which nobody can rent.', 'empty');
const full = () =>
  share('Full', 'Share of the stations in service with known counts that take no bike.', 'full');

/** An archive is not old: it is complete for the past and says nothing about the present. */
const age = () =>
  ageOfData({
    age: `round(${ageOfStations('min(age_seconds)', SYSTEM)})`,
    unseen: 'bool_and(state is null)',
    from: `${AT_END} where state is not null or not is_archive`,
  });

const stationsAtTheEnd = (view: FixedView | null) =>
  map(
    {
      title: 'Stations at the end of this time',
      description:
        `Every station as it was then (api.station_at): size is capacity, colour is state and share of bikes, as the line below says. A click shows it and leads to its
dashboard. ${view ? '' : 'The map fits itself to the stations at each refresh; maps that stay where you look: docs/dashboards.md.'}`.trim(),
      noValue: 'No stations at that time',
      unit: 'none',
    },
    stationsAtTheEndQuery(SYSTEM),
    stationLayer(view),
  );

const kinds = () =>
  kindStrip(
    {
      title: 'Colours, and how many stations',
      description:
        'All stations at the end of the time on screen. Few: less than a third of what is known of bikes and docks together.',
      noValue: 'No stations at that time',
      unit: 'none',
    },
    `${stationsAtEnd(SYSTEM)} as station`,
  );

const netKinds = () =>
  netStrip(
    {
      title: 'Colours, and how many changed',
      description: 'Stations with any change in the time on screen, by the sum of their changes.',
      noValue: 'No change was seen where a place is known, or not observed',
      unit: 'none',
    },
    `api.station_change_between(${WINDOW}, ${SYSTEM})`,
  );

const netChange = (view: FixedView | null) =>
  map(
    {
      title: 'Bikes gained and lost in this time',
      description: `The sum of all changes in the time on screen, from api.station_change_between (LAG): blue gained bikes, orange lost them, size is how many came and went.
What cancels out between two polls is not seen, and a van looks like riders. Stations without a change are not drawn.`,
      noValue: 'No change was seen where a place is known, or not observed',
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
      description:
        'How many stations are in each state (api.system_count_between). Not known: the feed gives neither of their counts. A gap: not observed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select at as time, stations_empty as "Empty", stations_full as "Full", stations_closed as "Closed", stations_unknown as "Not known"
        from api.system_count_between(${WINDOW}, ${SYSTEM}, ${STEP_SECONDS})
        order by 1`),
    ],
    {
      shape: 'steps',
      colours: {
        Empty: STATES.empty.colour,
        Full: STATES.full.colour,
        Closed: STATES.closed.colour,
        'Not known': STATES.unknown.colour,
      },
    },
  );
