import { withClient } from '../../test/servers/with-client.ts';
import { insertChanges } from './insert-changes.ts';

/** Of a month that is over, so that the lake worker closes it. */
const DAY = '2025-01-15T00:00:00Z';
/** So many times a station may change; in one of 21 it does not. 230,000 stations then have 16 million rows. */
const STEPS = 73;
const STEP_SECONDS = Math.floor(86_400 / STEPS);
const STATIONS_OF_SYSTEM = 150;
/** The largest system of the catalogue. */
const STATIONS_OF_LARGEST = 2400;

/** A day of so many stations, in systems of the catalogue's sizes: rows in the order in which live ones come, counts at random. */
export async function fillCatalogueDay(
  databaseUrl: string,
  stations: number,
): Promise<{ systems: number; rows: number }> {
  const systems = 1 + Math.max(0, Math.ceil((stations - STATIONS_OF_LARGEST) / STATIONS_OF_SYSTEM));
  let rows = 0;
  await withClient(databaseUrl, async (client) => {
    await client.query(
      `insert into velolog.system (system_id) select 'bench-' || i from generate_series(1, $1::integer) as i`,
      [systems],
    );
    // The first keys are those of the largest system.
    await client.query(
      `insert into velolog.station (system_key, station_id, first_observed_at)
       select system_key, 'station-' || i, $1
       from generate_series(0, $2::integer - 1) as i
       join velolog.system on system_id = 'bench-' || case when i < $3::integer then 1 else 2 + (i - $3) / $4::integer end
       order by i`,
      [DAY, stations, STATIONS_OF_LARGEST, STATIONS_OF_SYSTEM],
    );
    await client.query(
      `insert into velolog.feed (system_key, feed, last_fetched_at)
       select system_key, 'station_status', $1::timestamptz + interval '1 day' from velolog.system`,
      [DAY],
    );
    await client.query(
      `insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
       select feed_key, $1, $1::timestamptz + interval '1 day', 1440, 'observed' from velolog.feed`,
      [DAY],
    );
    await client.query(
      `insert into velolog.observed_range (feed_key, from_at, to_at, cadence_ms)
       select feed_key, $1, $1::timestamptz + interval '1 day', 60000 from velolog.feed`,
      [DAY],
    );
    await client.query(
      `create table velolog.station_status_2025_01 partition of velolog.station_status
       for values from ('2025-01-01T00:00:00Z') to ('2025-02-01T00:00:00Z')`,
    );
    const start = new Date(DAY);
    rows = await insertChanges(client, {
      start,
      end: new Date(start.getTime() + STEPS * STEP_SECONDS * 1000),
      stepSeconds: STEP_SECONDS,
      momentSeconds: 1,
      bikes: 'abs(hashint4(station * 97 + step)::bigint) % 21',
    });
    await client.query('analyze');
  });
  return { systems, rows };
}
