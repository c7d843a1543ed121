import type { Replay } from '../../api/replay.ts';
import { type StationStateName, stationState } from '../../api/station-state.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';

type CountsTuple = [
  station_id: string,
  observed_at: string,
  bikes: number | null,
  docks: number | null,
  state: StationStateName,
];

const STATES = stationState.options;

/** Beyond about this many steps, changes are thinned out: a day of a large city is then still only a few megabytes. */
const STATION_STEPS_MAX = 500_000;
/** Below this step every change is given: no feed is polled more often. */
const SHORTEST_STEP_SECONDS = 60;

/** The stations of a system at the start of a window, and how they changed in it. */
export async function readReplay(
  reader: Reader,
  systemId: string,
  window: Window,
): Promise<Omit<Replay, 'gaps'>> {
  const stepSeconds = stepFor(await countStations(reader, systemId), window);
  const rows = await reader.tuples<CountsTuple>('select * from api.station_counts_between($1, $2, $3, $4)', [
    window.from,
    window.to,
    systemId,
    stepSeconds,
  ]);
  const [from, to] = [window.from.toISOString(), window.to.toISOString()];
  const index = new Map<string, number>();
  const start: Replay['start'] = [];
  const changes: Replay['changes'] = [];
  for (const [stationId, at, bikes, docks, stateName] of rows) {
    const state = STATES.indexOf(stateName);
    let station = index.get(stationId);
    if (station === undefined) {
      station = index.size;
      index.set(stationId, station);
      start.push(null);
    }
    if (at > from) changes.push([secondsBetween(window.from, at), station, bikes, docks, state]);
    else start[station] = [bikes, docks, state];
  }
  return {
    system_id: systemId,
    from,
    to,
    step_seconds: stepSeconds,
    stations: [...index.keys()],
    states: [...STATES],
    start,
    changes,
  };
}

async function countStations(reader: Reader, systemId: string): Promise<number> {
  const [row] = await reader.query<{ stations: number }>(
    'select count(*)::integer as stations from api.station where system_id = $1',
    [systemId],
  );
  return row?.stations ?? 0;
}

/** 0 when every change can be given. */
function stepFor(stations: number, { from, to }: Window): number {
  const windowSeconds = (to.getTime() - from.getTime()) / 1000;
  const seconds = Math.ceil((stations * windowSeconds) / STATION_STEPS_MAX);
  return seconds <= SHORTEST_STEP_SECONDS ? 0 : Math.ceil(seconds / 60) * 60;
}

function secondsBetween(from: Date, at: string): number {
  return Math.round((Date.parse(at) - from.getTime()) / 1000);
}
