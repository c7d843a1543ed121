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
    select last.observed_at, last.station_key, last.vehicle_type_key, last.num_available
    from (${stationsGoingOn(to)}) as going_on
    -- A look at each type costs less than sorting the month. The newest lane has the types of station_type_state; others have rows of any.
    cross join lateral (
      select state.vehicle_type_key from velolog.station_type_state as state
      where going_on.is_newest and state.station_key = going_on.station_key
      union all
      select type.vehicle_type_key from velolog.vehicle_type as type
      where not going_on.is_newest and type.system_key = going_on.system_key
      union all
      select 0 where not going_on.is_newest
    ) as kind
    cross join lateral (
      select status.* from ${sql.identifier(['velolog', name])} as status
      where status.station_key = going_on.station_key and status.vehicle_type_key = kind.vehicle_type_key
        and status.observed_at >= going_on.from_at
      order by status.observed_at desc
      limit 1
    ) as last
    on conflict do nothing`);
  await transaction.query(sql.unsafe`
    delete from velolog.station_type_status_before as old
    using (${stationsGoingOn(to)}) as going_on, velolog.station_type_status_before as newer
    where old.station_key = going_on.station_key and old.observed_at >= going_on.from_at
      and newer.station_key = old.station_key and newer.vehicle_type_key = old.vehicle_type_key
      and newer.observed_at > old.observed_at and newer.observed_at < ${to}::timestamptz`);
  await removeOfEnded(transaction, 'station_type_status_before', to);
}
