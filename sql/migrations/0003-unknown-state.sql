-- A station of which neither count is known was `ok`: observed as good. It is `unknown` from here on, neither good nor bad.

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

-- What was worked out by the old meaning, of systems that have such a station: it goes, as far back as there are rows to work
-- it out from again, which the store does within minutes. Months that retention has dropped keep what was said of them.
create temporary table redone on commit drop as
with unknown_system as (
  select distinct station.system_key
  from velolog.station_status as status
  join velolog.station using (station_key)
  where velolog.station_state_of(status.num_bikes_available, status.num_docks_available, status.flags) = 'unknown'
),
first_month as (
  select date_trunc('month', min(observed_at), 'UTC') as at from velolog.station_status
)
select feed.system_key, feed.feed_key, rolled.from_at as lane_from_at, greatest(rolled.from_at, first_month.at) as from_at, rolled.to_at
from unknown_system
join velolog.feed using (system_key)
join velolog.rolled_range as rolled using (feed_key)
cross join first_month
where rolled.to_at > greatest(rolled.from_at, first_month.at);

delete from velolog.station_hour
using redone
where station_hour.system_key = redone.system_key and station_hour.hour_at >= redone.from_at and station_hour.hour_at < redone.to_at;

delete from velolog.station_spell
using redone, velolog.station
where station.system_key = redone.system_key and station_spell.station_key = station.station_key
  and station_spell.from_at >= redone.from_at and station_spell.from_at <= redone.to_at;

-- One that reaches into the time that is worked out again goes on from there.
update velolog.station_spell
set to_at = redone.from_at, end_observed = null
from redone, velolog.station
where station.system_key = redone.system_key and station_spell.station_key = station.station_key
  and station_spell.from_at >= redone.lane_from_at and station_spell.from_at < redone.from_at and station_spell.to_at >= redone.from_at;

update velolog.rolled_range
set to_at = redone.from_at
from redone
where rolled_range.feed_key = redone.feed_key and rolled_range.from_at = redone.lane_from_at;

-- Since when the present state lasts: from the first row after the last one that said another.
update velolog.station_state
set state_since = greatest(station_state.state_since, first.observed_at)
from (select distinct system_key from redone) as of_system
join velolog.station using (system_key)
cross join lateral (
  select max(other.observed_at) as observed_at
  from velolog.station_status as other
  join velolog.station_state as present using (station_key)
  where other.station_key = station.station_key
    and velolog.station_state_of(other.num_bikes_available, other.num_docks_available, other.flags)
      <> velolog.station_state_of(present.num_bikes_available, present.num_docks_available, present.flags)
) as last_other
cross join lateral (
  select min(later.observed_at) as observed_at
  from velolog.station_status as later
  where later.station_key = station.station_key and later.observed_at > last_other.observed_at
) as first
where station_state.station_key = station.station_key and first.observed_at is not null;
