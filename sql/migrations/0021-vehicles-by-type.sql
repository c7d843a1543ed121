-- Older workers: must end
-- They would store vehicles without counting them by type.
-- What a list of vehicles holds of each type, kept by the store at its commits: to ask how many there are read each of them.

create table velolog.vehicle_type_summary (
  feed_key integer not null references velolog.feed,
  vehicle_type_key integer not null, -- 0: the feed does not tell it
  -- Of those without a station.
  available integer not null,
  reserved integer not null,
  disabled integer not null,
  docked integer not null, -- at a station, in whichever state
  west double precision,
  south double precision,
  east double precision,
  north double precision,
  primary key (feed_key, vehicle_type_key)
) with (fillfactor = 50);

-- What is there already; an imported archive gets no commit that would count it.
insert into velolog.vehicle_type_summary
select stay.feed_key, coalesce(vehicle_type_key, 0), count(*) filter (where station_id is null and state = 'available'),
  count(*) filter (where station_id is null and state = 'reserved'), count(*) filter (where station_id is null and state = 'disabled'), count(station_id),
  min(lon_e5) / 1e5::double precision, min(lat_e5) / 1e5::double precision, max(lon_e5) / 1e5::double precision, max(lat_e5) / 1e5::double precision
from velolog.vehicle_stay as stay
join (select feed_key, max(from_at) as from_at from velolog.observed_range group by feed_key) as lane on lane.feed_key = stay.feed_key
where stay.to_at is null and stay.from_at >= lane.from_at
group by stay.feed_key, coalesce(vehicle_type_key, 0);
