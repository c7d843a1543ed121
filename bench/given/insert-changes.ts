import type pg from 'pg';

export type Changes = {
  start: Date;
  /** Steps begin before this time, and no row is later. */
  end: Date;
  stepSeconds: number;
  /** Stations change at times this far apart within a step, by their keys. */
  momentSeconds: number;
  /** SQL for the bikes of `station` at `step`, both integers: 0 to 20. */
  bikes: string;
};

/**
 * Lets every station of the database change at most once in each step, and writes the rows in the order in which live ones come.
 * @returns how many rows
 */
export async function insertChanges(
  client: pg.Client,
  { start, end, stepSeconds, momentSeconds, bikes }: Changes,
): Promise<number> {
  await client.query(`
    create function pg_temp.bikes(station integer, step integer) returns smallint language sql immutable return
      (${bikes})::smallint`);
  const moments = stepSeconds / momentSeconds;
  let rows = 0;
  for (let step = 0; start.getTime() + step * stepSeconds * 1000 < end.getTime(); step++) {
    const { rowCount } = await client.query(
      `insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
       select at, at, station_key, bikes, 20 - bikes, 63
       from velolog.station,
         lateral (select $1::timestamptz + (station_key % ${moments}) * interval '${momentSeconds} seconds' as at,
           pg_temp.bikes(station_key, $2) as bikes, pg_temp.bikes(station_key, $2 - 1) as before) as told
       where ($2 = 0 or bikes <> before) and at <= $3
       order by at, station_key`,
      [new Date(start.getTime() + step * stepSeconds * 1000), step, end],
    );
    rows += rowCount ?? 0;
  }
  return rows;
}
