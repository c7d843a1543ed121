import { csvRow } from '../../src/api/csv.ts';
import type { Station, StationState } from './station.ts';

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

/**
 * The shown stations as CSV (RFC 4180). An unknown value is an empty field, including the state at a moment that was
 * not observed.
 */
export function toCsv(stations: readonly Station[]): string {
  return csvOf([
    CSV_COLUMNS,
    ...stations.map((station) => CSV_COLUMNS.map((column) => exported(station)[column])),
  ]);
}

export function csvOf(rows: readonly (readonly unknown[])[]): string {
  return rows.map(csvRow).join('');
}

/** Leaves out stations without a position, because a point needs one. */
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
              properties: exported(properties),
            },
          ],
    ),
  };
}

/** As in api.station_at: an unobserved moment has no state. */
function exported<Row extends { state: StationState }>(
  row: Row,
): Omit<Row, 'state'> & { state: string | null } {
  return { ...row, state: row.state === 'unobserved' ? null : row.state };
}
