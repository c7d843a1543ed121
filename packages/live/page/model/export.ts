import { nameOf, type Station, type StationState } from './station.ts';

const CSV_COLUMNS = [
  'station_id',
  'name',
  'lat',
  'lon',
  'capacity',
  'num_bikes_available',
  'num_docks_available',
  'num_bikes_disabled',
  'num_docks_disabled',
  'state',
  'state_since',
  'observed_at',
] as const satisfies readonly (keyof Station)[];

/** What is shown, as RFC 4180 has it. What is not known is an empty field, the state where nobody looked as well. */
export function toCsv(stations: readonly Station[]): string {
  return csvOf([
    CSV_COLUMNS,
    ...stations.map((station) => CSV_COLUMNS.map((column) => exported(station)[column])),
  ]);
}

export function csvOf(rows: readonly (readonly (string | number | boolean | null)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** Stations without a place are left out: a point needs one. */
export function toGeoJson(stations: readonly Station[]): object {
  return {
    type: 'FeatureCollection',
    features: stations.flatMap(({ lat, lon, ...properties }) =>
      lat === null || lon === null
        ? []
        : [
            {
              type: 'Feature',
              id: properties.station_id,
              geometry: { type: 'Point', coordinates: [lon, lat] },
              properties: { ...properties, state: exported(properties).state, name: nameOf(properties) },
            },
          ],
    ),
  };
}

/** As in api.station_at: no state where nobody looked. */
function exported<Row extends { state: StationState }>(
  row: Row,
): Omit<Row, 'state'> & { state: string | null } {
  return { ...row, state: row.state === 'unobserved' ? null : row.state };
}

/** A name that begins like a formula would be one in a spreadsheet; feeds are not to be trusted that far. */
function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
