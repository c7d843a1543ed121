-- last_known_report(station_key, before, of_bikes): the last report of a station before a time that tells its bikes, or else its docks.
-- Grain: one row, all null where no report told that count.
-- A building block for the rare row whose predecessor does not tell a count that it tells itself: LAG finds all others. The function is
-- `security definer`, so it is not inlined and a question about a window plans no scan of older months for it.
-- Reads: station_status_before, stored_report. Read by: station_change, station_change_between, station_change_since.
create function api.last_known_report(station_key integer, before timestamptz, of_bikes boolean) returns api.stored_report
language sql stable parallel safe cost 1 -- hardly a row calls it; the usual 100 a row would have PostgreSQL compile (JIT) each question
security definer set search_path = pg_catalog
as $$
  select *
  from (
    (
      select *
      from api.stored_report
      where stored_report.station_key = $1 and stored_report.observed_at < $2
        and case when $3 then num_bikes_available else num_docks_available end is not null
      order by stored_report.observed_at desc
      limit 1
    )
    union all
    select
      kept.station_key,
      case when $3 then bikes_known_at else docks_known_at end,
      case when $3 then bikes_known end,
      case when not $3 then docks_known end
    from velolog.station_status_before as kept
    where kept.station_key = $1 and case when $3 then bikes_known_at else docks_known_at end < $2
  ) as stored_or_kept
  order by observed_at desc
  limit 1
$$;
