import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE, GREY, MIDDLE, PALE_BLUE, PALE_ORANGE, thresholds, valueMap } from '../../colours.ts';
import { type MapLayer, map } from '../../maps/map.ts';
import { legendStrip } from '../../panels/legend-strip.ts';
import { ofField } from '../../panels/panel.ts';
import { END, sqlTable } from '../../questions/sql-query.ts';
import { cellsQuery, fleetAtEnd } from './fleet-queries.ts';

/** The maps of the fleet dashboard and their legends. */

const STATES = [
  { text: 'To rent', colour: PALE_BLUE, when: "state = 'available'" },
  { text: 'Reserved', colour: PALE_ORANGE, when: "state = 'reserved'" },
  { text: 'Disabled', colour: GREY, when: "state = 'disabled'" },
] as const;

export const STATE_COLOURS: Record<string, string> = Object.fromEntries(
  STATES.map(({ text, colour }) => [text, colour]),
);

const vehicleLayer: MapLayer = {
  name: 'Vehicles',
  colour: {
    field: 'Status',
    mapping: valueMap(STATES.map(({ text, colour }, code) => [code, text, colour])),
  },
  size: { field: 'size', min: 3, max: 6 },
  hidden: ['lat', 'lon', 'size'],
  view: null,
  overrides: [ofField('Parked for', ['unit', 'dtdhms'])],
};

export const vehicleMap = (system: string): Panel =>
  map(
    {
      title: 'Vehicles at the end of this time',
      description: `Where vehicles stood, without those at stations (api.vehicle_stay_between): at most 4,000. None has an id, and nothing links departures to arrivals (docs/privacy.md).
At a time that was not observed, none is drawn.`,
      noValue: 'No vehicle stood anywhere, or not observed',
      unit: 'none',
    },
    sqlTable(`
      select
        coalesce(replace(form_factor, '_', ' '), 'vehicle') as "Vehicle",
        case ${STATES.map(({ when }, code) => `when ${when} then ${code}`).join(' ')} end as "Status",
        propulsion_type as "Propulsion",
        from_at as "Since",
        round(extract(epoch from ${END} - from_at))::double precision as "Parked for",
        1 as size,
        lat,
        lon
      from ${fleetAtEnd(system)} as vehicle
      where station_id is null and lat is not null
      order by from_at
      limit 4000`),
    vehicleLayer,
  );

export const vehicleStrip = (system: string): Panel =>
  legendStrip(
    {
      title: 'Colours, and how many vehicles',
      description: 'All vehicles at the end of the time on screen, without those at stations.',
      noValue: 'No vehicle, or not observed',
      unit: 'none',
    },
    sqlTable(`
      select ${STATES.map(({ text, when }) => `count(*) filter (where ${when}) as "${text}"`).join(', ')}
      from ${fleetAtEnd(system)} as vehicle
      where station_id is null
      having count(*) > 0`),
    STATE_COLOURS,
  );

const DARK_BLUE = '#12489B';

export const HEAT_LIMITS = thresholds(MIDDLE, [PALE_BLUE, 1], [BLUE, 3], [DARK_BLUE, 10]);

/** The same limits in words. */
const HEAT = [
  { text: 'Under 1', colour: MIDDLE, when: 'vehicles < 1' },
  { text: '1 to 3', colour: PALE_BLUE, when: 'vehicles >= 1 and vehicles < 3' },
  { text: '3 to 10', colour: BLUE, when: 'vehicles >= 3 and vehicles < 10' },
  { text: '10 or more', colour: DARK_BLUE, when: 'vehicles >= 10' },
] as const;

export const cellMap = (system: string): Panel =>
  map(
    {
      title: 'Vehicles per cell in this time',
      description: `Mean number of vehicles in each cell of about 150 m (a geohash of 7 characters), over the hours of this time that were observed (api.vehicle_cell_hour). Hours are summed
with a delay of up to 15 minutes, and are kept when exact places are deleted. Vehicles at stations are left out.`,
      noValue: 'No hour in this time range has been summed yet, or none was observed',
      unit: 'none',
      decimals: 1,
    },
    cellsQuery(system),
    {
      name: 'Cells',
      geohash: 'geohash',
      colour: { field: 'Vehicles', limits: HEAT_LIMITS },
      size: { field: 'size', min: 3, max: 14 },
      hidden: ['size', 'geohash'],
      view: null,
    },
  );

export const cellStrip = (system: string): Panel =>
  legendStrip(
    {
      title: 'Colours, and how many cells',
      description: 'Mean vehicles in a cell over the observed hours of this time.',
      noValue: 'No hour in this time range has been summed yet, or none was observed',
      unit: 'none',
    },
    sqlTable(`
      select ${HEAT.map(({ text, when }) => `count(*) filter (where ${when}) as "${text}"`).join(', ')}
      from (
        select "Vehicles" as vehicles from (
          ${cellsQuery(system).rawSql.replaceAll('\n', '\n          ')}
        ) as cell
      ) as cells
      having count(*) > 0`),
    Object.fromEntries(HEAT.map(({ text, colour }) => [text, colour])),
  );
