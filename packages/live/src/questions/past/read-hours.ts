import type { HistoryHours } from '../../api/history.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';

/** Units per 1 of each value: integers are cheaper to write and read than the digits of a double. */
const COLUMNS = {
  bikes_min: 1,
  bikes_mean: 100,
  bikes_max: 1,
  docks_min: 1,
  docks_mean: 100,
  docks_max: 1,
  observed_share: 10_000,
};
type Column = keyof typeof COLUMNS;
const NAMES = Object.keys(COLUMNS) as Column[];

// One row with eight arrays as text: reading a year as 8,784 rows would take the driver longer than the query takes the
// database.
const arrayOf = (name: Column) => `array_agg((${name} * ${COLUMNS[name]})::integer)::text`;
const HOURS = `
  select min(hour_at), array_agg((date_part('epoch', hour_at) / 3600)::integer)::text, ${NAMES.map(arrayOf).join(', ')}
  from (select * from api.station_hour_between($1, $2, $3, $4) order by hour_at) as hour`;

/**
 * What one station offered by the hour. Long windows use hours because the rows of a station for a year are spread over as
 * many pages.
 */
export async function readHours(
  reader: Reader,
  systemId: string,
  stationId: string,
  { from, to }: Window,
): Promise<HistoryHours> {
  const [row] = await reader.tuples<[string | null, ...(string | null)[]]>(HOURS, [
    from,
    to,
    systemId,
    stationId,
  ]);
  const [firstAt = null, hoursText = null, ...columnTexts] = row ?? [];
  const hours = readIntegers(hoursText) as number[];
  const column = (name: Column) => {
    const values = readIntegers(columnTexts[NAMES.indexOf(name)] ?? null);
    return byHour(hours, values, COLUMNS[name]);
  };
  return {
    first_at: firstAt,
    bikes_min: column('bikes_min'),
    bikes_mean: column('bikes_mean'),
    bikes_max: column('bikes_max'),
    docks_min: column('docks_min'),
    docks_mean: column('docks_mean'),
    docks_max: column('docks_max'),
    observed_share: column('observed_share').map((share) => share ?? 0),
  };
}

/** Reads PostgreSQL's text of an integer array, `{1,NULL,3}`; null is the array of no rows. */
function readIntegers(text: string | null): (number | null)[] {
  return text === null ? [] : JSON.parse(`[${text.slice(1, -1).replaceAll('NULL', 'null')}]`);
}

/** A value for each hour from the first to the last; null when there is no row. */
function byHour(hours: number[], values: (number | null)[], unit: number): (number | null)[] {
  const first = hours[0] ?? 0;
  const column = new Array<number | null>(hours.length === 0 ? 0 : (hours.at(-1) ?? 0) - first + 1).fill(
    null,
  );
  values.forEach((value, row) => {
    column[(hours[row] as number) - first] = value === null ? null : value / unit;
  });
  return column;
}
