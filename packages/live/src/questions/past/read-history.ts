import { namesOf } from '@velolog/gbfs/feeds';
import type { Gap, Step } from '../../api/history.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';

type StepTuple = [
  observed_at: string,
  num_bikes_available: number | null,
  num_docks_available: number | null,
  num_bikes_disabled: number | null,
  num_docks_disabled: number | null,
  is_installed: boolean | null,
  is_renting: boolean | null,
  is_returning: boolean | null,
  state: Step['state'],
];

/** What one station offered over a time window. */
export async function readSteps(
  reader: Reader,
  systemId: string,
  stationId: string,
  { from, to }: Window,
): Promise<Step[]> {
  const rows = await reader.tuples<StepTuple>('select * from api.station_report_between($1, $2, $3, $4)', [
    from,
    to,
    systemId,
    stationId,
  ]);
  return rows.map((row) => ({
    observed_at: row[0],
    num_bikes_available: row[1],
    num_docks_available: row[2],
    num_bikes_disabled: row[3],
    num_docks_disabled: row[4],
    is_installed: row[5],
    is_renting: row[6],
    is_returning: row[7],
    state: row[8],
  }));
}

/** The feeds that gaps are computed from, under all their names. */
const FEEDS = { stations: namesOf('station_status'), vehicles: namesOf('vehicle_status') };

/**
 * The time of a window in which nobody observed the stations, or the vehicles, of a system: the rest between the runs of observation.
 * The newest run of a polled feed goes on until its next poll is late: that is the wait for the next poll, which for some feeds is half an hour.
 */
export async function readGaps(
  reader: Reader,
  systemId: string,
  window: Window,
  of: keyof typeof FEEDS = 'stations',
): Promise<Gap[]> {
  const [from, to] = [window.from.getTime(), Math.min(window.to.getTime(), Date.now())];
  const runs = await reader.query<{ from_at: string; to_at: string }>(
    `select from_at, least(to_at, $3) as to_at
     from api.held_span
     where system_id = $1 and feed = any($4) and to_at >= $2 and from_at <= $3
     order by from_at`,
    [systemId, window.from, window.to, FEEDS[of]],
  );
  const gaps: Gap[] = [];
  let seenUntil = from;
  for (const run of runs) {
    const runFrom = Date.parse(run.from_at);
    if (runFrom > seenUntil) gaps.push(gapOf(seenUntil, runFrom));
    seenUntil = Math.max(seenUntil, Date.parse(run.to_at));
  }
  if (to > seenUntil) gaps.push(gapOf(seenUntil, to));
  return gaps;
}

function gapOf(fromMs: number, toMs: number): Gap {
  return { from_at: new Date(fromMs).toISOString(), to_at: new Date(toMs).toISOString() };
}
