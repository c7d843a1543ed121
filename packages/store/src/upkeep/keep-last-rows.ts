import { type CommonQueryMethods, sql } from 'slonik';

/**
 * Before retention drops a month of station_status: keeps what later time is compared with. A station that is unchanged
 * since has no row in the months that stay, so without its last row its values would count as never observed, and its
 * next change as its first known values. A count that its last row does not tell has its own last row.
 * Runs in the transaction that drops the month.
 */
export async function keepLastRows(
  transaction: CommonQueryMethods,
  month: { name: string; from: string; to: string },
): Promise<void> {
  const newest = (and: ReturnType<typeof sql.fragment>) => sql.fragment`(
    select status.* from ${sql.identifier(['velolog', month.name])} as status
    where status.station_key = reaching.station_key and status.observed_at >= reaching.from_at ${and}
    order by status.observed_at desc limit 1)`;
  await transaction.query(sql.unsafe`
    insert into velolog.station_status_before (observed_at, last_reported, station_key, num_bikes_available,
      num_docks_available, num_bikes_disabled, num_docks_disabled, flags)
    select observed_at, last_reported, kept.station_key, num_bikes_available, num_docks_available, num_bikes_disabled,
      num_docks_disabled, flags
    from (${reachingBeyond(month.to)}) as reaching
    cross join lateral (
      ${newest(sql.fragment``)} union ${newest(sql.fragment`and status.num_bikes_available is not null`)}
      union ${newest(sql.fragment`and status.num_docks_available is not null`)}
    ) as kept
    on conflict do nothing`);
  await removeOlder(transaction, month);
}

/** Stations of the lanes that go on after the month, with the beginning of their lane. */
function reachingBeyond(to: string) {
  return sql.fragment`
    select station.station_key, lane.from_at
    from velolog.observed_range as lane
    join velolog.feed using (feed_key)
    join velolog.station using (system_key)
    where feed.feed = 'station_status' and lane.from_at < ${to}::timestamptz and lane.to_at >= ${to}::timestamptz`;
}

/** Rows that earlier months left, where this one has newer ones of the same lane. */
async function removeOlder(transaction: CommonQueryMethods, { to }: { to: string }): Promise<void> {
  const newer = (and: ReturnType<typeof sql.fragment>) => sql.fragment`exists (
    select from velolog.station_status_before as newer
    where newer.station_key = old.station_key and newer.observed_at > old.observed_at and newer.observed_at < ${to}::timestamptz ${and})`;
  await transaction.query(sql.unsafe`
    delete from velolog.station_status_before as old
    using (${reachingBeyond(to)}) as reaching
    where old.station_key = reaching.station_key and old.observed_at >= reaching.from_at and old.observed_at < ${to}::timestamptz
      and ${newer(sql.fragment``)}
      and (old.num_bikes_available is null or ${newer(sql.fragment`and newer.num_bikes_available is not null`)})
      and (old.num_docks_available is null or ${newer(sql.fragment`and newer.num_docks_available is not null`)})`);
}
