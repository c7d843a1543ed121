import type { History } from '@velolog/forecast/history';

/** Part of a recording: days from the first on, and every so many-th station. */
export type Cut = { fromDay: number; days: number; everyStation: number; firstStation: number };

const DAY_SECONDS = 86_400;

export function spanDays({ times }: History): number {
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / DAY_SECONDS;
}

export function cutHistory(history: History, cut: Cut): History {
  const stations = history.station_ids.length;
  const from = (history.times[0] ?? 0) + cut.fromDay * DAY_SECONDS;
  const frames = [...history.times.keys()].filter((frame) => {
    const time = history.times[frame] as number;
    return time >= from && time < from + cut.days * DAY_SECONDS;
  });
  const kept: number[] = [];
  for (let station = cut.firstStation; station < stations; station += cut.everyStation) kept.push(station);
  const countsOf = (counts: Int16Array) =>
    Int16Array.from(
      frames.flatMap((frame) => kept.map((station) => counts[frame * stations + station] as number)),
    );
  return {
    station_ids: kept.map((station) => history.station_ids[station] as string),
    times: Float64Array.from(frames, (frame) => history.times[frame] as number),
    bikes: countsOf(history.bikes),
    docks: countsOf(history.docks),
    hours: Uint8Array.from(frames, (frame) => history.hours[frame] as number),
    days: Int32Array.from(frames, (frame) => history.days[frame] as number),
  };
}
