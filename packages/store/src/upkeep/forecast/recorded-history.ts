import { type History, historyOf, UNKNOWN } from '@velolog/forecast/history';

/**
 * The stored history of a system, as read from the tables: changes by station, when the system was observed, and which
 * stations were absent when. Times are epoch seconds, ascending. It is sent to another thread, so it contains only
 * numbers and text.
 */
export type RecordedHistory = {
  timezone: string;
  from: number;
  to: number;
  stations: {
    station_id: string;
    times: ArrayLike<number>;
    bikes: ArrayLike<number>;
    docks: ArrayLike<number>;
    absences: { from: number; to: number }[];
  }[];
  spans: { from: number; to: number }[];
};

/** With more cells than this, frames are further apart: the fit would not learn more from them. */
const CELLS_MAX = 2_500_000;
const STEP_SECONDS_MIN = 600;
const STEP_SECONDS_MAX = 1200;

/** How many days the frames of so many stations can hold: what lies before need not be read. */
export function daysHeld(stations: number): number {
  return (framesMaxOf(stations) * STEP_SECONDS_MAX) / 86_400;
}

function framesMaxOf(stations: number): number {
  return Math.max(1, Math.floor(CELLS_MAX / Math.max(1, stations)));
}

/** Frames at even times at which the system was observed. */
export function expandHistory({ timezone, from, to, stations, spans }: RecordedHistory): History {
  const cells = ((to - from) / STEP_SECONDS_MIN) * stations.length;
  const step = cells > CELLS_MAX ? STEP_SECONDS_MAX : STEP_SECONDS_MIN;
  const times = seenTimes(spans, from, to, step).slice(-framesMaxOf(stations.length));
  const bikes = new Int16Array(times.length * stations.length).fill(UNKNOWN);
  const docks = new Int16Array(times.length * stations.length).fill(UNKNOWN);
  const moves = new Float64Array(times.length);
  stations.forEach((station, column) => {
    let change = -1;
    let absence = 0;
    let lastBikes = UNKNOWN;
    times.forEach((time, frame) => {
      while (change + 1 < station.times.length && (station.times[change + 1] as number) <= time) {
        change += 1;
        const now = station.bikes[change] as number;
        if (now === UNKNOWN) continue;
        if (lastBikes !== UNKNOWN && frame > 0)
          moves[frame] = (moves[frame] as number) + Math.abs(now - lastBikes);
        lastBikes = now;
      }
      while (absence < station.absences.length && (station.absences[absence] as { to: number }).to <= time)
        absence += 1;
      const isAbsent = (station.absences[absence]?.from ?? Number.POSITIVE_INFINITY) <= time;
      if (change < 0 || isAbsent) return;
      bikes[frame * stations.length + column] = station.bikes[change] as number;
      docks[frame * stations.length + column] = station.docks[change] as number;
    });
  });
  const station_ids = stations.map(({ station_id }) => station_id);
  return historyOf({ station_ids, times: Float64Array.from(times), bikes, docks, moves }, timezone);
}

function seenTimes(spans: RecordedHistory['spans'], from: number, to: number, step: number): number[] {
  const times: number[] = [];
  let at = 0;
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    while (at < spans.length && (spans[at] as { to: number }).to < time) at += 1;
    const span = spans[at];
    if (span === undefined) break;
    if (span.from <= time) times.push(time);
  }
  return times;
}
