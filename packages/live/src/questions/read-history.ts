import type { Gap, Step } from '../api/history.ts';
import type { Reader } from '../database/reader.ts';
import type { Window } from '../routes/parameters.ts';

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

/** What one station offered over a window of time. */
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

/** The shortest pause that is a hole: see packages/store/src/memory/coverage.ts. */
const SHORTEST_HOLE_MS = 120_000;

/** What gaps are asked of: a feed under all its names. */
const FEEDS = { stations: ['station_status'], vehicles: ['free_bike_status', 'vehicle_status'] };

/** The time of a window in which nobody saw the stations, or the vehicles, of a system: what is left between the spans of observation. */
export async function readGaps(
  reader: Reader,
  systemId: string,
  window: Window,
  of: keyof typeof FEEDS = 'stations',
): Promise<Gap[]> {
  const [from, to] = [window.from.getTime(), Math.min(window.to.getTime(), Date.now())];
  const spans = await reader.query<Span>(
    `select from_at, to_at, polls from api.feed_coverage
     where system_id = $1 and feed = any($4) and outcome = 'observed' and to_at >= $2 and from_at <= $3
     order by from_at`,
    [systemId, window.from, window.to, FEEDS[of]],
  );
  const gaps: Gap[] = [];
  let seenUntil = from;
  for (const span of spans) {
    const spanFrom = Date.parse(span.from_at);
    if (spanFrom > seenUntil) gaps.push(gapOf(seenUntil, spanFrom));
    seenUntil = Math.max(seenUntil, Date.parse(span.to_at));
  }
  if (to - seenUntil > holeMs(spans.at(-1)) || (spans.length === 0 && to > from))
    gaps.push(gapOf(seenUntil, to));
  return gaps;
}

type Span = { from_at: string; to_at: string; polls: number };

/** Less than that since the last poll is only the time until the next, which for some feeds is half an hour. */
function holeMs(span: Span | undefined): number {
  if (span === undefined || span.polls < 2) return SHORTEST_HOLE_MS;
  const usualMs = (Date.parse(span.to_at) - Date.parse(span.from_at)) / (span.polls - 1);
  return Math.max(SHORTEST_HOLE_MS, 3 * usualMs);
}

function gapOf(fromMs: number, toMs: number): Gap {
  return { from_at: new Date(fromMs).toISOString(), to_at: new Date(toMs).toISOString() };
}
