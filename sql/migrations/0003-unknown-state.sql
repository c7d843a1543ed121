-- A station of which neither count is known was `ok`: observed as good. It is `unknown` from here on, neither good nor bad.

-- Nobody writes by the old meaning while what is there is brought to the new one, nor after it: a worker that was started by an older
-- version is refused, with an error that it takes for a database out of order (no SQLSTATE of class 22 or 23, by which it would call its
-- records bad). So it tries again until it is ended, and its records are there for a worker of this version.
lock table velolog.kafka_position, velolog.rolled_range in share row exclusive mode;

create function velolog.refuse_older_worker() returns trigger
language plpgsql
as $$
begin
  raise object_not_in_prerequisite_state
    using message = 'a newer Velolog has upgraded this database: end this worker and start that version';
end
$$;

create trigger refuse_older_worker before update of next_offset on velolog.kafka_position
for each row when (current_setting('velolog.writer_version', true) is distinct from '2')
execute function velolog.refuse_older_worker();

-- What a rider finds at a station. Closed: not installed, or neither renting nor returning. Empty: nothing to
-- rent, because there is no bike or the station does not rent. Full: no return, because there is no dock or the
-- station takes none. Unknown: none of these is certain, and neither count is known. One count alone decides: many feeds
-- tell no docks. Its twin for the hot path is packages/store/src/station-state.ts.
create or replace function velolog.station_state_of(num_bikes_available smallint, num_docks_available smallint, flags smallint) returns text
language sql immutable parallel safe
return case
  when flags & 3 = 1 or (flags & 12 = 4 and flags & 48 = 16) then 'closed'
  when num_bikes_available = 0 or flags & 12 = 4 then 'empty'
  when num_docks_available = 0 or flags & 48 = 16 then 'full'
  when num_bikes_available is null and num_docks_available is null then 'unknown'
  else 'ok'
end;

alter table velolog.station_spell
  drop constraint station_spell_state_check,
  add constraint station_spell_state_check check (state in ('ok', 'empty', 'full', 'closed', 'unknown'));

alter table velolog.station_hour add column unknown_ms integer not null default 0;
-- An older worker's rows, which do not tell it, are refused.
alter table velolog.station_hour alter column unknown_ms drop default;

-- What was rolled up by the old meaning is mended where it is, and not worked out anew: then time of which retention has dropped the rows
-- would be lost. All that was said of such time, and of a station before the first row that is left of it, stays. Only `ok` can become `unknown`.
create temporary table affected on commit drop as
select station_key
from velolog.station_status
where velolog.station_state_of(num_bikes_available, num_docks_available, flags) = 'unknown'
union
select station_key
from velolog.station_state
where velolog.station_state_of(num_bikes_available, num_docks_available, flags) = 'unknown';

-- The last known state is also that of the last row, which may have been dropped.
create temporary table report on commit drop as
select
  station.station_key,
  report.observed_at,
  report.state,
  feed.feed_key,
  lane.from_at as lane_from_at,
  lead(report.observed_at, 1, lane.to_at) over (partition by station.station_key, lane.from_at order by report.observed_at) as to_at
from affected
join velolog.station using (station_key)
join velolog.feed on feed.system_key = station.system_key and feed.feed = 'station_status'
cross join lateral (
  select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
  from velolog.station_status
  where station_status.station_key = station.station_key
  union
  select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags)
  from velolog.station_state
  where station_state.station_key = station.station_key
) as report
join velolog.observed_range as lane on lane.feed_key = feed.feed_key and report.observed_at between lane.from_at and lane.to_at;
create index on report (station_key, observed_at);
analyze affected, report;

-- Time in which the station was seen in the state unknown: within a run of observation, and not within an absence.
update velolog.station_hour
set unknown_ms = of_hour.unknown_ms
from (
  select
    report.station_key,
    hour_at,
    sum(round(date_part('epoch', least(upper(seen), hour_at + interval '1 hour') - greatest(lower(seen), hour_at)) * 1000))::integer as unknown_ms
  from report
  cross join lateral (
    select span.from_at, span.to_at
    from velolog.coverage as span
    where span.feed_key = report.feed_key and span.outcome = 'observed'
      and span.from_at <= report.to_at
      and span.from_at >= (
        select max(earlier.from_at)
        from velolog.coverage as earlier
        where earlier.feed_key = report.feed_key and earlier.outcome = 'observed' and earlier.from_at <= report.observed_at
      )
      and span.to_at >= report.observed_at
  ) as span
  cross join lateral (
    select range_agg(tstzrange(absence.last_seen_at, coalesce(absence.to_at, 'infinity'), '()')) as pauses
    from velolog.station_absence as absence
    where absence.station_key = report.station_key and absence.from_at >= report.lane_from_at and absence.last_seen_at < report.to_at
  ) as absent
  cross join lateral unnest(
    tstzmultirange(tstzrange(greatest(report.observed_at, span.from_at), least(report.to_at, span.to_at), '[]')) - coalesce(absent.pauses, '{}')
  ) as seen
  cross join lateral generate_series(date_bin('1 hour', lower(seen), 'epoch'), upper(seen), interval '1 hour') as hour_at
  where report.state = 'unknown'
  group by report.station_key, hour_at
) as of_hour
where station_hour.station_key = of_hour.station_key and station_hour.hour_at = of_hour.hour_at;

-- Spells of `ok` are cut where a row begins or ends the state unknown.
create temporary table piece on commit drop as
with point as (
  select spell.*, spell.from_at as at, coalesce(before.state, 'ok') as state_at
  from velolog.station_spell as spell
  join affected using (station_key)
  left join lateral (
    select report.state
    from report
    where report.station_key = spell.station_key and report.observed_at <= spell.from_at and report.to_at >= spell.from_at
    order by report.observed_at desc
    limit 1
  ) as before on true
  where spell.state = 'ok'
  union all
  select spell.*, report.observed_at, report.state
  from velolog.station_spell as spell
  join report using (station_key)
  where spell.state = 'ok'
    and report.observed_at > spell.from_at
    -- One that ends with a poll of another state ends just before it.
    and (report.observed_at < spell.to_at or report.observed_at = spell.to_at and spell.end_observed is false)
),
change as (
  select *
  from (select *, lag(state_at) over (partition by station_key, from_at order by at) as previous_state from point) as told
  where previous_state is distinct from state_at
)
select
  station_key,
  from_at as spell_from_at,
  state_at as state,
  at as from_at,
  lead(at, 1, to_at) over of_spell as to_at,
  case when previous_state is null then start_observed else true end as start_observed,
  case when lead(at) over of_spell is null then end_observed else true end as end_observed
from change
window of_spell as (partition by station_key, from_at order by at);

delete from velolog.station_spell
using piece
where station_spell.station_key = piece.station_key and station_spell.from_at = piece.spell_from_at;
insert into velolog.station_spell (station_key, state, from_at, to_at, start_observed, end_observed)
select station_key, state, from_at, to_at, start_observed, end_observed from piece;

-- Since when the present state lasts: from the first row after the last one that said another. Where that one has been dropped, `unknown`
-- lasts since the first row that is left.
update velolog.station_state
set state_since = greatest(station_state.state_since, first.observed_at)
from affected
cross join lateral (
  select report.state from report where report.station_key = affected.station_key order by report.observed_at desc limit 1
) as present
cross join lateral (
  select coalesce(max(other.observed_at), case when present.state = 'unknown' then '-infinity'::timestamptz end) as observed_at
  from report as other
  where other.station_key = affected.station_key and other.state <> present.state
) as last_other
cross join lateral (
  select min(later.observed_at) as observed_at
  from report as later
  where later.station_key = affected.station_key and later.observed_at > last_other.observed_at
) as first
where station_state.station_key = affected.station_key and first.observed_at is not null;

-- Finds the last spell of another state without reading all those of the same that pauses cut: what a state has lasted since.
create index station_spell_of_state on velolog.station_spell (station_key, state, from_at);
