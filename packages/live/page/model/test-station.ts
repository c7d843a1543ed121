import type { Station } from './station.ts';

/** A station for tests: open, with bikes and docks, unless `given` says otherwise. */
export function givenStation(given: Partial<Station> & { station_id: string }): Station {
  return {
    name: null,
    lat: 59.91,
    lon: 10.75,
    capacity: 20,
    num_bikes_available: 5,
    num_docks_available: 15,
    num_bikes_disabled: 0,
    num_docks_disabled: 0,
    is_installed: true,
    is_renting: true,
    is_returning: true,
    state: 'ok',
    num_ebikes_available: null,
    state_since: '2026-06-15T12:00:00.000Z',
    first_observed_at: '2026-06-15T12:00:00.000Z',
    observed_at: '2026-06-15T12:00:00.000Z',
    ...given,
  };
}
