import pg from 'pg';

/** One row per station in 20 polls of 30 seconds, as measured on recorded feeds. */
const ROWS_PER_STATION_AND_DAY = 144;

/** Fills in the history of a system `bench` from 1 January 2025 on. PostgreSQL generates the rows in the order in which live rows arrive. */
export async function fillHistory(
  database: string,
  { stations, days }: { stations: number; days: number },
): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const [start, end] = [new Date(Date.UTC(2025, 0, 1)), new Date(Date.UTC(2025, 0, 1 + days))];
  await client.query(`insert into velolog.system (system_id) values ('bench')`);
  await client.query(
    `insert into velolog.station (system_key, station_id, first_observed_at) select 1, i::text, $1 from generate_series(1, ${stations}) as i`,
    [start],
  );
  await client.query(
    `insert into velolog.feed (system_key, feed, last_fetched_at) values (1, 'station_status', $1)`,
    [end],
  );
  await client.query(`insert into velolog.coverage values (1, $1, $2, 1, 'observed')`, [start, end]);
  await client.query(`insert into velolog.observed_range values (1, $1, $2, 30000)`, [start, end]);
  for (let month = 0; Date.UTC(2025, month, 1) < end.getTime(); month++) {
    const [from, to] = [Date.UTC(2025, month, 1), Date.UTC(2025, month + 1, 1)].map((day) =>
      new Date(day).toISOString(),
    );
    await client.query(
      `create table velolog.station_status_m${month} partition of velolog.station_status for values from ('${from}') to ('${to}')`,
    );
  }
  await client.query('select setseed(0.5)');
  for (let day = 0; day < days; day++) {
    await client.query(
      `insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
       select at, at, station_key, (random() * 20)::int, (random() * 20)::int, 63
       from (
         select date_trunc('second', $1::timestamptz + random() * interval '1 day') as at, 1 + i % ${stations} as station_key
         from generate_series(0, ${stations * ROWS_PER_STATION_AND_DAY} - 1) as i order by 1
       ) as moved
       on conflict do nothing`,
      [new Date(start.getTime() + day * 86_400_000)],
    );
  }
  await client.query(
    `insert into velolog.station_state select distinct on (station_key) station_key, observed_at, last_reported, num_bikes_available,
       num_docks_available, num_bikes_disabled, num_docks_disabled, flags, observed_at
     from velolog.station_status where observed_at > $1 order by station_key, observed_at desc`,
    [new Date(end.getTime() - 30 * 86_400_000)],
  );
  await client.query('vacuum analyze');
  await client.end();
}
