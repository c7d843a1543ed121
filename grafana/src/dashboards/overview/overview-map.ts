import { UIDS } from '../../links.ts';
import { map } from '../../maps/map.ts';
import { KIND, kindStrip, placeLayer, SIZE } from '../../maps/station-map.ts';
import { ENDS_NOW, sqlTable, stationsAtEnd } from '../../questions/sql-query.ts';
import { BY_SYSTEM } from './by-system.ts';

/** With more systems than this, single stations would say nothing, so the map shows a point per system. */
const SYSTEMS_BY_STATION_MAX = 20;
const IS_FEW = `(select count(*) from api.system) <= ${SYSTEMS_BY_STATION_MAX}`;

/** As many stations of each system as a map of all can show: about 2,000. */
const DRAWN_STATIONS = stationsAtEnd(
  'null',
  'greatest(1, 2000 / (select nullif(count(*), 0) from api.system))::integer',
);

/**
 * The points of the map: stations of few systems, or many systems, each coloured like a station that has all their bikes and docks. What an overdue
 * feed repeats is not the present: tiles leave it out (BY_SYSTEM), and the map draws it as not observed.
 */
const POINTS = `(
        select coalesce(name, station_id) as label, system_id, station_id,
          case when is_late is not true then state end as state,
          case when is_late is not true then num_bikes_available end as num_bikes_available,
          case when is_late is not true then num_docks_available end as num_docks_available,
          ${SIZE} as size, lat, lon, greatest(age_seconds, data_seconds) as age_seconds
        from ${DRAWN_STATIONS} as at_end
        left join (
          select system_id as of_system, overdue as is_late, age_seconds as data_seconds
          from api.feed_health
          where feed = 'station_status' and ${ENDS_NOW}
        ) as health on of_system = system_id
        where ${IS_FEW} and (state is not null or not is_archive) and lat is not null and lon is not null
        union all
        select coalesce(place.name, place.system_id), place.system_id, null,
          case
            when at_end.stations is null then null
            when at_end.closed = at_end.stations then 'closed'
            when at_end.in_service = 0 then 'unknown'
            when at_end.empty = at_end.in_service then 'empty'
            when at_end."full" = at_end.in_service then 'full'
            else 'ok'
          end,
          at_end.bikes, at_end.docks, sqrt(least(coalesce(at_end.stations, 1), 2000)),
          (place.bounds[2] + place.bounds[4]) / 2, (place.bounds[1] + place.bounds[3]) / 2,
          case when ${ENDS_NOW} then place.age_seconds end
        from api.system_current as place
        left join ${BY_SYSTEM} using (system_id)
        where not ${IS_FEW} and place.bounds is not null and (at_end.stations is not null or not place.stations_are_archive)
      ) as point`;

export const everywhere = () =>
  map(
    {
      title: 'Bikes and docks at the end of this time',
      description: `With up to ${SYSTEMS_BY_STATION_MAX} systems, the map shows their stations (api.station_at): size is capacity, colour is state and share of bikes, as the line below says. It
draws about 2,000 at most, the same number from each system, chosen by a hash, so that large systems are thinned evenly and small ones stay whole.
With more systems, each system is a point: size is its number of stations, colour is the share of bikes among all bikes and docks. A click leads to the dashboard of the station or system. The map fits itself to the points at each refresh.`,
      noValue: 'No stations at that time',
      unit: 'none',
    },
    sqlTable(`
      select
        label as "Station or system",
        system_id as "System",
        ${KIND} as "Status",
        num_bikes_available as "Bikes",
        num_docks_available as "Docks",
        age_seconds as "Age of data",
        size,
        lat, lon, system_id, station_id,
        case when station_id is null then '${UIDS.system}' else '${UIDS.station}' end as dashboard
      from ${POINTS}
      order by hashtext(station_id), system_id
      limit 4000`),
    placeLayer(),
  );

export const kinds = () =>
  kindStrip(
    {
      title: 'Colours, and how many are drawn',
      description:
        'The stations or systems that the map shows, at the end of the time on screen. Few: less than a third of what is known of bikes and docks together.',
      noValue: 'No stations at that time',
      unit: 'none',
    },
    POINTS,
  );
