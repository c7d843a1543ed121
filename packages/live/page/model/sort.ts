import { nameOf, type Station, shareOfBikes } from './station.ts';

export const COLUMNS = ['name', 'state', 'bikes', 'ebikes', 'docks', 'capacity', 'share', 'since'] as const;
export type Column = (typeof COLUMNS)[number];
export type Sort = { column: Column; descending: boolean };

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const STATE_ORDER = ['unobserved', 'unknown', 'closed', 'absent', 'empty', 'full', 'ok'];

const VALUE: Record<Column, (station: Station) => string | number | null> = {
  name: nameOf,
  state: (station) => STATE_ORDER.indexOf(station.state),
  bikes: (station) => station.num_bikes_available,
  ebikes: (station) => station.num_ebikes_available,
  docks: (station) => station.num_docks_available,
  capacity: (station) => station.capacity,
  share: shareOfBikes,
  since: (station) => (station.state_since === null ? null : Date.parse(station.state_since)),
};

/** Unknown values come last in both directions; equal values are sorted by name. */
export function sortStations(stations: readonly Station[], { column, descending }: Sort): Station[] {
  const value = VALUE[column];
  const keyed = stations.map((station) => ({ station, value: value(station), name: nameOf(station) }));
  const direction = descending ? -1 : 1;
  keyed.sort((left, right) => {
    if (left.value === null || right.value === null) {
      if (left.value !== right.value) return left.value === null ? 1 : -1;
    } else {
      const order = compare(left.value, right.value) * direction;
      if (order !== 0) return order;
    }
    return (
      collator.compare(left.name, right.name) || compare(left.station.station_id, right.station.station_id)
    );
  });
  return keyed.map(({ station }) => station);
}

function compare(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return collator.compare(String(left), String(right));
}
