import { PALE_BLUE, PALE_ORANGE } from '../colours.ts';
import { toStation } from '../links.ts';
import { chart } from '../panels/chart.ts';
import { table } from '../panels/table.ts';
import { sqlSeries, sqlString, sqlTable, WINDOW } from '../questions/sql-query.ts';

/** The panels of a system's dashboard about changes at its stations. */

const SYSTEM = sqlString('system');

export const arrivalsAndDepartures = () =>
  chart(
    {
      title: 'Bikes that came and went',
      description: `Sums of the changes of bikes at stations, up and down (api.station_change_between): lower bounds of returns and rentals, since what cancels out between
two polls is not seen. Changes after a gap in observation are left out: nobody knows when they were.`,
      noValue: 'No change was seen, or not observed',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select
          $__timeGroupAlias(observed_at, $__interval),
          sum(greatest(bikes_delta, 0)) as "Came",
          sum(least(bikes_delta, 0)) as "Went"
        from api.station_change_between(${WINDOW}, ${SYSTEM})
        where gap_seconds = 0
        group by 1
        order by 1`),
    ],
    {
      shape: 'bars',
      stacked: true,
      colours: { Came: PALE_BLUE, Went: PALE_ORANGE },
      interval: '1m',
      maxDataPoints: 150,
      min: null,
    },
  );

export const latestChanges = () =>
  table(
    {
      title: 'Latest changes',
      description:
        'The last 50 changes in the time on screen (api.station_change_between). A name leads to the station.',
      noValue: 'No change was seen, or not observed',
      unit: 'none',
    },
    sqlTable(`
      select
        observed_at as "Seen at",
        coalesce(name, station_id) as "Station",
        bikes_delta as "Change",
        num_bikes_available as "Bikes",
        num_docks_available as "Docks",
        system_id,
        station_id
      from api.station_change_between(${WINDOW}, ${SYSTEM})
      order by observed_at desc
      limit 50`),
    {
      'Seen at': { unit: 'dateTimeAsIsoNoDateIfToday', width: 160 },
      Station: { links: [toStation] },
      Change: { width: 80 },
      Bikes: { width: 70 },
      Docks: { width: 70 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );
