-- station: each station of each system, as station_information describes it.
-- Grain: one row per (system_id, station_id).
-- Name, place and capacity are null until a station_information lists the station. The first and last observation are null until a
-- station_status lists it. The last observation of an absent station is the last poll that listed it, also when that poll was imported.
-- Reads: newest_observation, observed_lane, station, station_absence, station_spell, station_state, station_status, system. Read by: flow_balance, flow_balance_between, sla_compliance_between, packages/live, packages/cli, docs, dashboards.
create view api.station as
with newest as materialized (
  select system_key, observed_at from api.newest_observation where feed = 'station_status'
)
select
  system.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  station.capacity,
  station.first_observed_at,
  case
    when state.station_key is not null then coalesce(absence.last_seen_at, newest.observed_at)
    when station.first_observed_at is not null then (
      select coalesce(
        (
          select max(gone.last_seen_at) from velolog.station_absence as gone
          where gone.station_key = station.station_key and gone.to_at is null and gone.from_at > newest_row.observed_at
        ),
        (
          select lane.last_observed_at from api.observed_lane as lane
          where lane.system_key = station.system_key and newest_row.observed_at between lane.from_at and lane.to_at
        ),
        -- For stations whose rows retention has dropped.
        (select max(spell.to_at) from velolog.station_spell as spell where spell.station_key = station.station_key)
      )
      from (
        select max(station_status.observed_at) as observed_at
        from velolog.station_status
        where station_status.station_key = station.station_key
      ) as newest_row
    )
  end as last_observed_at
from velolog.station
join velolog.system using (system_key)
left join velolog.station_state as state using (station_key)
left join velolog.station_absence as absence
  on absence.station_key = station.station_key
  and absence.to_at is null
  and absence.from_at > state.observed_at
left join newest using (system_key);
