import { badParameter } from '../../api/api-problem.ts';
import { vehicleState } from '../../api/vehicle.ts';
import type { VehicleReplay } from '../../api/vehicle-replay.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';

/** Two days of 20,000 vehicles have about 120,000 stays; more than this would be tens of megabytes. */
const STAYS_MAX = 250_000;
const STATES = vehicleState.options;

type StayTuple = [
  lat: number | null,
  lon: number | null,
  form_factor: string | null,
  propulsion_type: string | null,
  state: (typeof STATES)[number],
  from_seconds: number,
  to_seconds: number | null,
];

/**
 * The stays of the vehicles without a station that overlap a window.
 * @throws ApiProblem when there are more than an answer can hold
 */
export async function readVehicleReplay(
  reader: Reader,
  systemId: string,
  { from, to }: Window,
): Promise<Omit<VehicleReplay, 'gaps'>> {
  const rows = await reader.tuples<StayTuple>(
    `select lat, lon, form_factor, propulsion_type, state,
       round(extract(epoch from from_at - $1::timestamptz))::integer, round(extract(epoch from to_at - $1::timestamptz))::integer
     from api.vehicle_stay_between($1, $2, $3) where station_id is null
     order by from_at, lat, lon limit ${STAYS_MAX + 1}`,
    // The window includes its end, the view's does not.
    [from, new Date(to.getTime() + 1), systemId],
  );
  if (rows.length > STAYS_MAX) {
    throw badParameter(
      'from',
      `there were more than ${STAYS_MAX} stays in the window; request it in parts`,
      STAYS_MAX,
    );
  }
  const kinds = new Map<string, number>();
  const stays = rows.map(
    ([lat, lon, form, propulsion, state, begin, end]): VehicleReplay['stays'][number] => {
      const name = JSON.stringify([form, propulsion]);
      const kind = kinds.get(name) ?? kinds.size;
      kinds.set(name, kind);
      return [lat, lon, kind, STATES.indexOf(state), begin, end];
    },
  );
  return {
    system_id: systemId,
    from: from.toISOString(),
    to: to.toISOString(),
    kinds: [...kinds.keys()].map((name) => JSON.parse(name)),
    states: [...STATES],
    stays,
  };
}
