import type { Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE, MIDDLE, ORANGE, PALE_BLUE, PALE_ORANGE, thresholds, valueMap } from '../colours.ts';
import { column, dataLink, toStation } from '../links.ts';
import { legendStrip } from '../panels/legend-strip.ts';
import { type Override, ofField, type PanelText } from '../panels/panel.ts';
import { type SqlQuery, sqlTable } from '../questions/sql-query.ts';
import { STATES, UNSEEN } from '../station-states.ts';
import type { FixedView, MapLayer } from './map.ts';

/** The kinds of points on a map of stations, by number: name, colour, and which stations belong to it (in SQL, the first match counts). */
const KINDS: readonly { text: string; colour: string; when: string }[] = [
  { text: 'No bikes', colour: STATES.empty.colour, when: "state = 'empty'" },
  { text: 'Few bikes', colour: PALE_ORANGE, when: "state = 'ok' and share < 0.34" },
  {
    text: 'Some of both',
    colour: STATES.ok.colour,
    when: "state = 'ok' and (share < 0.67 or share is null)",
  },
  { text: 'Few docks', colour: PALE_BLUE, when: "state = 'ok'" },
  { text: 'No docks', colour: STATES.full.colour, when: "state = 'full'" },
  { text: 'Closed', colour: STATES.closed.colour, when: "state = 'closed'" },
  { text: 'Not listed', colour: STATES.absent.colour, when: "state = 'absent'" },
  { text: 'Not known', colour: STATES.unknown.colour, when: "state = 'unknown'" },
  { text: 'Not observed', colour: UNSEEN, when: 'true' },
];

/** The kind of a station, from the columns of api.station_current. */
export const KIND = `(select case ${KINDS.map(({ when }, code) => `when ${when} then ${code}`).join(' ')} end
      from (select num_bikes_available / nullif(num_bikes_available + num_docks_available, 0)::double precision as share) as filled)`;

/** The radius of a station, so that its area grows with its capacity, if that is known and not absurd. */
export const SIZE = `sqrt(least(coalesce(capacity, num_bikes_available + num_docks_available, 10), 120))`;

/** Stations at the end of the time on screen. The query must have the columns "Status" (KIND) and size. */
export function stationLayer(view: FixedView | null): MapLayer {
  return {
    ...kindLayer('Stations', view),
    hidden: ['lat', 'lon', 'size', 'system_id', 'station_id'],
    overrides: [ofField('Station', ['links', [toStation]]), AGE],
  };
}

/**
 * Stations or systems. The query must also have the columns "Station or system" and dashboard: the uid of the dashboard that shows what the point
 * stands for. A system's point must not lead to the station dashboard, which would be empty.
 */
export function placeLayer(): MapLayer {
  const link = dataLink('Its dashboard', column('dashboard'), {
    system: column('system_id'),
    station: column('station_id'),
  });
  return {
    ...kindLayer('Places', null),
    hidden: ['lat', 'lon', 'size', 'system_id', 'station_id', 'dashboard'],
    overrides: [ofField('Station or system', ['links', [link]]), AGE],
  };
}

const AGE: Override = ofField('Age of data', ['unit', 's'], ['decimals', 1]);

function kindLayer(name: string, view: FixedView | null): Omit<MapLayer, 'hidden' | 'overrides'> {
  return {
    name,
    colour: {
      field: 'Status',
      mapping: valueMap(KINDS.map(({ text, colour }, code) => [code, text, colour])),
    },
    size: { field: 'size', min: 3, max: 12 },
    view,
  };
}

/** Shows how many stations there are of each kind. @param from the stations, in SQL */
export function kindStrip(text: PanelText, from: string): Panel {
  const columns = KINDS.map(({ text }, code) => `count(*) filter (where kind = ${code}) as "${text}"`);
  return legendStrip(
    text,
    sqlTable(`
      select ${columns.join(', ')}
      from (
        select ${KIND} as kind
        from ${from}
      ) as stations
      having count(*) > 0`),
    Object.fromEntries(KINDS.map(({ text, colour }) => [text, colour])),
  );
}

const NET_LIMITS: ThresholdsConfig = thresholds(
  ORANGE,
  [PALE_ORANGE, -4],
  [MIDDLE, 0],
  [PALE_BLUE, 1],
  [BLUE, 5],
);

/** The same limits in words. */
const NET_KINDS: readonly { text: string; colour: string; when: string }[] = [
  { text: 'Lost 5 or more', colour: ORANGE, when: 'net < -4' },
  { text: 'Lost 1 to 4', colour: PALE_ORANGE, when: 'net between -4 and -1' },
  { text: 'As before', colour: MIDDLE, when: 'net = 0' },
  { text: 'Gained 1 to 4', colour: PALE_BLUE, when: 'net between 1 and 4' },
  { text: 'Gained 5 or more', colour: BLUE, when: 'net > 4' },
];

/** Bikes that came and went. The query must have the columns "Net change" and size. */
export function netLayer(view: FixedView | null): MapLayer {
  return {
    name: 'Bikes gained or lost',
    colour: { field: 'Net change', limits: NET_LIMITS },
    size: { field: 'size', min: 3, max: 14 },
    hidden: ['lat', 'lon', 'size', 'system_id', 'station_id'],
    view,
    overrides: [ofField('Station', ['links', [toStation]])],
  };
}

/** Shows how many stations there are of each of those kinds. @param changes rows of api.station_change_between, in SQL */
export function netStrip(text: PanelText, changes: string): Panel {
  const columns = NET_KINDS.map(({ text, when }) => `count(*) filter (where ${when}) as "${text}"`);
  const query: SqlQuery = sqlTable(`
      select ${columns.join(', ')}
      from (
        select sum(bikes_delta) as net
        from ${changes}
        where lat is not null and lon is not null
        group by system_id, station_id
        having sum(abs(bikes_delta)) > 0
      ) as station
      having count(*) > 0`);
  return legendStrip(text, query, Object.fromEntries(NET_KINDS.map(({ text, colour }) => [text, colour])));
}
