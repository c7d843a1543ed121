import { random } from '../../test/history/random.ts';

export const STATIONS = 250;
export const START = Date.UTC(2026, 0, 1);
export const POLL_MS = 30_000;

/**
 * Makes station_status bodies like Oslo's (2.3, indented, no disabled counts), in which one station in 20 changes per poll.
 * @param withTypes whether each station also counts its bikes by two vehicle types
 */
export function statusBodies(polls: number, seed = 1, withTypes = false): Buffer[] {
  const next = random(seed);
  const stations = Array.from({ length: STATIONS }, (_, index) => ({
    station_id: String(400 + index),
    is_installed: true,
    is_renting: true,
    is_returning: true,
    last_reported: 0,
    num_bikes_available: Math.floor(next() * 20),
    num_docks_available: Math.floor(next() * 20),
  }));
  return Array.from({ length: polls }, (_, poll) => {
    const now = Math.floor((START + poll * POLL_MS) / 1000);
    for (const station of stations) {
      station.last_reported = now;
      if (next() > 0.05) continue;
      const moved =
        station.num_bikes_available === 0 || (next() < 0.5 && station.num_docks_available > 0) ? 1 : -1;
      station.num_bikes_available += moved;
      station.num_docks_available = Math.max(0, station.num_docks_available - moved);
    }
    const data = { stations: withTypes ? stations.map(typed) : stations };
    return Buffer.from(JSON.stringify({ last_updated: now, ttl: 15, version: '2.3', data }, null, 2));
  });
}

function typed<Station extends { num_bikes_available: number }>(station: Station) {
  const electric = Math.floor(station.num_bikes_available / 3);
  const vehicle_types_available = [
    { vehicle_type_id: 'bike', count: station.num_bikes_available - electric },
    { vehicle_type_id: 'ebike', count: electric },
  ];
  return { ...station, vehicle_types_available };
}
