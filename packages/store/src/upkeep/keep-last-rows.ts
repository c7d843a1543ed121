import { type CommonQueryMethods, sql } from 'slonik';
import { removeOfEnded, stationsGoingOn } from './stations-going-on.ts';

/**
 * Before retention drops a month of station_status: keeps what later time is compared with, one row of each station whose
 * lane goes on. A station that is unchanged since has no row in the months that stay, so without its last row its values
 * would count as never observed, and its next change as its first known values. A count that the last row does not tell
 * is kept beside it, with its time. Runs in the transaction that drops the month.
 */
export async function keepLastRows(
  transaction: CommonQueryMethods,
  month: { name: string; to: string },
): Promise<void> {
  await keepNewest(transaction, month);
  await removeOlder(transaction, month);
  await removeOfEnded(transaction, 'station_status_before', month.to);
}

async function keepNewest(
  transaction: CommonQueryMethods,
  { name, to }: { name: string; to: string },
): Promise<void> {
  const newest = (and: ReturnType<typeof sql.fragment>) => sql.fragment`(
    select status.* from ${sql.identifier(['velolog', name])} as status
    where status.station_key = going_on.station_key and status.observed_at >= going_on.from_at ${and}
    order by status.observed_at desc limit 1)`;
  await transaction.query(sql.unsafe`
    insert into velolog.station_status_before (observed_at, last_reported, station_key, num_bikes_available, num_docks_available,
      num_bikes_disabled, num_docks_disabled, flags, bikes_known_at, bikes_known, docks_known_at, docks_known)
    select last.observed_at, last.last_reported, last.station_key, last.num_bikes_available, last.num_docks_available,
      last.num_bikes_disabled, last.num_docks_disabled, last.flags,
      coalesce(bikes.observed_at, old.bikes_known_at), coalesce(bikes.num_bikes_available, old.bikes_known),
      coalesce(docks.observed_at, old.docks_known_at), coalesce(docks.num_docks_available, old.docks_known)
    from (${stationsGoingOn(to)}) as going_on
    cross join lateral ${newest(sql.fragment``)} as last
    left join lateral ${newest(sql.fragment`and status.num_bikes_available is not null`)} as bikes on true
    left join lateral ${newest(sql.fragment`and status.num_docks_available is not null`)} as docks on true
    left join velolog.station_status_before as old
      on old.station_key = going_on.station_key and old.observed_at >= going_on.from_at and old.observed_at < last.observed_at
    on conflict do nothing`);
}

/** Rows that earlier months left, where this one has left a newer one of the same lane. */
async function removeOlder(transaction: CommonQueryMethods, { to }: { to: string }): Promise<void> {
  await transaction.query(sql.unsafe`
    delete from velolog.station_status_before as old
    using (${stationsGoingOn(to)}) as going_on, velolog.station_status_before as newer
    where old.station_key = going_on.station_key and old.observed_at >= going_on.from_at
      and newer.station_key = old.station_key and newer.observed_at > old.observed_at and newer.observed_at < ${to}::timestamptz`);
}
