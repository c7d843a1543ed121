import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpVehicles } from '@velolog/store/upkeep/vehicle-hours';
import { bike, tellTypes } from '../../test/history/told-vehicles.ts';
import { START, type TestStore } from '../../test/workers/test-store.ts';

/** The ids of what is seeded: one of each is one that must be quoted. */
export const SYSTEMS = ['city', "it's"];
const STATIONS = ['a', "b'b", 'c', 'd', 'e'];

const POLL_SECONDS = 600;
const POLLS = 150;

/**
 * Two systems polled until just now, with everything that panels show: changes, stations that are empty, full, closed (one still), absent and unknown, a gap, a
 * failed poll, a feed that is late, one without a name; vehicles, and what the operator announced.
 */
export async function seed(store: TestStore): Promise<void> {
  const now = Math.floor((Date.now() - START) / 1000);
  for (const [index, system_id] of SYSTEMS.entries()) {
    await store.record({
      system_id,
      second: now - POLLS * POLL_SECONDS - 10,
      feed: 'system_information',
      body: { data: { system_id, name: index === 0 ? 'City Bikes' : undefined, timezone: 'Europe/Oslo' } },
    });
    await store.record({
      system_id,
      second: now - POLLS * POLL_SECONDS - 5,
      feed: 'station_information',
      body: {
        last_updated: 1_781_524_800,
        ttl: 60,
        data: { stations: STATIONS.slice(0, 4).map(information) },
      },
    });
    const messages = Array.from({ length: POLLS }, (_, poll) => {
      const second = now - (POLLS - 1 - poll) * POLL_SECONDS;
      if (poll > 60 && poll < 70) return null;
      if (poll % 50 === 20) return store.message({ system_id, second, outcome: 'failed', error: 'timeout' });
      return store.message({
        system_id,
        second,
        body: { last_updated: second, ttl: 60, data: { stations: statuses(poll) } },
      });
    });
    await store.store(messages.filter((message) => message !== null));
    await seedVehicles(store, system_id, now);
  }
  await rollUpVehicles(store.context.pool);
  await checkQualityOnce(store.context.pool, new Date());
  await seedJudgements(store);
}

/** An issue of a feed and forecasts that came due: of half an hour nothing would be flagged, and no forecast judged. */
async function seedJudgements(store: TestStore): Promise<void> {
  await store.ask(`
    insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, evidence)
    select system_key, 'station_status', '1', 'station_frozen', now(), now() - interval '1 day', now(), '{"bikes": 3}' from velolog.system`);
  await store.ask(
    "update velolog.data_quality_day set systems_flagged = 1, stations_flagged = 1 where flag = 'station_frozen'",
  );
  // The day before, too: the time on screen ends a little in the past, which a while after midnight was yesterday.
  await store.ask(`
    insert into velolog.data_quality_day (day, flag, systems, systems_flagged, stations, stations_flagged)
    select day - 1, flag, systems, systems_flagged, stations, stations_flagged from velolog.data_quality_day`);
  await store.ask(`
    insert into velolog.forecast_score
    select system_key, current_date - days_ago, target, 20, 200, 10, 9, 20, 12, 40, array_fill(20, array[10]), array_fill(9.0::float8, array[10]), array_fill(8, array[10])
    from velolog.system, unnest(array['bike', 'dock']) as target, generate_series(0, 1) as days_ago`);
}

async function seedVehicles(store: TestStore, system_id: string, now: number): Promise<void> {
  const start = now - POLLS * POLL_SECONDS;
  await tellTypes(store, system_id, start);
  const messages = Array.from({ length: POLLS }, (_, poll) => {
    const second = now - (POLLS - 1 - poll) * POLL_SECONDS;
    if (poll > 60 && poll < 70) return null;
    return store.message({
      system_id,
      second,
      feed: 'free_bike_status',
      body: { data: { bikes: vehiclesAt(poll) } },
    });
  });
  await store.store(messages.filter((message) => message !== null));
  const announced = { alert_id: '1', type: 'station_closure', summary: "It's closed", station_ids: ["b'b"] };
  const closed = { start: START / 1000 + now - 7200, end: START / 1000 + now - 3600 };
  for (const [second, alerts] of [
    [now - 9000, [{ alert_id: '2', type: 'other', summary: 'As long as it is listed' }]],
    [now - 8000, [{ ...announced, times: [closed] }]],
  ] as const)
    await store.record({ system_id, feed: 'system_alerts', second, body: { data: { alerts } } });
}

/** Scooters that come and go, e-bikes of which one is low, one reserved, one disabled, one at a station, one of no type. */
const vehiclesAt = (poll: number) => [
  ...Array.from({ length: 3 + (poll % 4) }, (_, index) =>
    bike(`s${index}`, { vehicle_type_id: 's', east: index * 200, current_range_meters: 15_000 }),
  ),
  bike('low', { vehicle_type_id: 'e', east: 900, current_range_meters: 2000 }),
  bike('reserved', { vehicle_type_id: 'e', east: 1200, is_reserved: true }),
  bike('disabled', { vehicle_type_id: 'h', east: 1500, is_disabled: true }),
  bike('docked', { vehicle_type_id: 'e', east: 1800, station_id: 'a' }),
  bike('untyped', { east: 2100 }),
];

const information = (station_id: string, index: number) => ({
  station_id,
  name: index === 0 ? 'Main Square' : index === 1 ? "St. James's" : undefined,
  lat: 59.9 + index / 100,
  lon: 10.7 + index / 100,
  ...(index !== 2 && { capacity: 10 + index }),
});

function statuses(poll: number) {
  const bikes = Math.abs((poll % 20) - 10);
  const flags = { is_installed: true, is_renting: true, is_returning: true };
  const stations = [
    {
      station_id: 'a',
      num_bikes_available: bikes,
      num_ebikes_available: Math.min(bikes, 2),
      num_docks_available: 10 - bikes,
      ...flags,
    },
    { station_id: "b'b", num_bikes_available: 10 - bikes, num_docks_available: bikes, ...flags },
    {
      station_id: 'c',
      num_bikes_available: 3,
      num_docks_available: 3,
      ...flags,
      is_installed: poll % 40 > 10 && poll < POLLS - 4,
    },
    { station_id: 'd', ...flags },
  ];
  return poll < 120
    ? [...stations, { station_id: 'e', num_bikes_available: 1, num_docks_available: 1, ...flags }]
    : stations;
}
