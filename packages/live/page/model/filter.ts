import { nameOf, type Station, type StationState } from './station.ts';

export const STATES = [
  'ok',
  'empty',
  'full',
  'closed',
  'absent',
  'unknown',
] as const satisfies readonly StationState[];

export type Filter = {
  /** Words that a name or id must contain, in any order. */
  query: string;
  /** An empty list means all states. */
  show: readonly StationState[];
};

/** The same filter for the map, the table, the totals of what is shown and the export. */
export function filterStations(stations: readonly Station[], { query, show }: Filter): Station[] {
  const words = searchable(query).split(' ').filter(Boolean);
  return stations.filter(
    (station) => (show.length === 0 || show.includes(station.state)) && holdsAll(station, words),
  );
}

export function countStates(stations: readonly Station[]): Record<StationState, number> {
  const counts: Record<StationState, number> = {
    ok: 0,
    empty: 0,
    full: 0,
    closed: 0,
    absent: 0,
    unknown: 0,
    unobserved: 0,
  };
  for (const { state } of stations) counts[state]++;
  return counts;
}

function holdsAll(station: Station, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = searchable(`${nameOf(station)} ${station.station_id}`);
  return words.every((word) => text.includes(word));
}

/** "Grünerløkka" is found by "grunerlokka": people type what their keyboard offers. */
export function searchable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[øœæßłđ]/g, (letter) => SPELLED_OUT[letter] ?? letter)
    .replace(/\s+/g, ' ')
    .trim();
}

const SPELLED_OUT: Record<string, string> = { ø: 'o', œ: 'oe', æ: 'ae', ß: 'ss', ł: 'l', đ: 'd' };
