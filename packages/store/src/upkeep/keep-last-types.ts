import { type CommonQueryMethods, sql } from 'slonik';
import { removeOfEnded, stationsGoingOn } from './stations-going-on.ts';

/**
 * Before retention drops a month of station_type_status: keeps the last count of each station and type, by the rule of
 * keep-last-rows.ts. A count that is unchanged since would otherwise be unknown. Runs in the transaction that drops the month.
 */
export async function keepLastTypes(
  transaction: CommonQueryMethods,
  { name, to }: { name: string; to: string },
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.station_type_status_before (observed_at, station_key, vehicle_type_key, num_available)
    select distinct on (status.station_key, status.vehicle_type_key)
      status.observed_at, status.station_key, status.vehicle_type_key, status.num_available
    from (${stationsGoingOn(to)}) as going_on
    join ${sql.identifier(['velolog', name])} as status
      on status.station_key = going_on.station_key and status.observed_at >= going_on.from_at
    -- All three backwards, as the index goes.
    order by status.station_key desc, status.vehicle_type_key desc, status.observed_at desc
    on conflict do nothing`);
  await transaction.query(sql.unsafe`
    delete from velolog.station_type_status_before as old
    using (${stationsGoingOn(to)}) as going_on, velolog.station_type_status_before as newer
    where old.station_key = going_on.station_key and old.observed_at >= going_on.from_at
      and newer.station_key = old.station_key and newer.vehicle_type_key = old.vehicle_type_key
      and newer.observed_at > old.observed_at and newer.observed_at < ${to}::timestamptz`);
  await removeOfEnded(transaction, 'station_type_status_before', to);
}
