-- What closed time, copied into a lake of Parquet files (packages/lake), needs to know of the months of station_status.

-- How often history was added to a month of a system after the month was over, and how often retention has dropped its rows.
-- No row: neither. Raised in the transaction of the rows, so that whoever copies a month knows which state of it he has.
create table velolog.month_revision (
  system_key integer not null references velolog.system,
  month_at timestamptz not null, -- its beginning, in UTC
  revision integer not null default 0,
  generation integer not null default 0, -- rows of an earlier one are in the lake only
  primary key (system_key, month_at)
);

-- How many rows of station_status a system has in a stretch of time, and a sum over them that does not depend on their order.
-- packages/lake works out the same of a file (slice-checksum.ts): retention drops a month only where both agree.
create function velolog.month_checksum(system_key integer, "from" timestamptz, "to" timestamptz)
returns table (rows bigint, checksum text)
language sql stable parallel safe set search_path = pg_catalog
as $$
  select count(*), coalesce(sum(('x' || left(md5(concat_ws('|',
    station.station_id,
    (extract(epoch from status.observed_at) * 1000000)::bigint,
    coalesce((extract(epoch from status.last_reported) * 1000000)::bigint::text, '~'),
    coalesce(status.num_bikes_available::text, '~'),
    coalesce(status.num_docks_available::text, '~'),
    coalesce(status.num_bikes_disabled::text, '~'),
    coalesce(status.num_docks_disabled::text, '~'),
    coalesce(velolog.flag(status.flags, 0)::text, '~'),
    coalesce(velolog.flag(status.flags, 1)::text, '~'),
    coalesce(velolog.flag(status.flags, 2)::text, '~')
  )), 15))::bit(60)::bigint), 0)::text
  from velolog.station_status as status
  join velolog.station using (station_key)
  where station.system_key = $1 and status.observed_at >= $2 and status.observed_at < $3
$$;
