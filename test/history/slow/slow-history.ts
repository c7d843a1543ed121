/**
 * What the views of spells and hours must return, computed poll by poll from the raw polls of one
 * system: slow and obvious, sharing nothing with the SQL but the definitions. Times are epoch milliseconds.
 */
export type RawStation = {
  bikes: number | null;
  docks: number | null;
  installed: boolean;
  renting: boolean;
  returning: boolean;
};

/** The result of a poll: a list, or something that is not a list. `unchanged` repeats the body before. */
export type RawPoll = {
  at: number;
  answer: Map<string, RawStation> | 'unchanged' | 'failed' | 'empty' | 'undecodable';
};

export type State = 'ok' | 'empty' | 'full' | 'closed' | 'unknown';

export type Spell = {
  station: string;
  state: State;
  from: number;
  /** Null while it continues. */
  to: number | null;
  /** Until its end, or until the last observation. */
  seenTo: number;
  startObserved: boolean;
  endObserved: boolean;
};

export type Hour = {
  station: string;
  hour: number;
  bikes: number[];
  docks: number[];
  bikesMs: number;
  bikesKnownMs: number;
  docksMs: number;
  docksKnownMs: number;
  observedMs: number;
  stateMs: Record<State, number>;
  arrivals: number;
  departures: number;
  largestStep: number;
};

const HOUR_MS = 3_600_000;

/** A poll with the stations it listed; null when it listed none. */
type Look = { at: number; stations: Map<string, RawStation> | null; pauseBefore: boolean };

function stateOf(station: RawStation): State {
  if (!station.installed || (!station.renting && !station.returning)) return 'closed';
  if (station.bikes === 0 || !station.renting) return 'empty';
  if (station.docks === 0 || !station.returning) return 'full';
  return station.bikes === null && station.docks === null ? 'unknown' : 'ok';
}

/** A stretch of polls of a lane. Which pause is a hole follows the documented rule of api.feed_coverage. */
function looksOf(polls: RawPoll[]): Look[] {
  const looks: Look[] = [];
  let body: Map<string, RawStation> | null = null;
  let usual = 60_000;
  let run = 0;
  for (const [index, { at, answer }] of polls.entries()) {
    const pause = index === 0 ? 0 : at - (polls[index - 1] as RawPoll).at;
    const isHole = pause > Math.max(120_000, 3 * usual);
    if (answer instanceof Map) body = answer;
    else if (answer === 'empty' || answer === 'undecodable') body = null;
    const stations = answer instanceof Map || answer === 'unchanged' ? body : null;
    const follows = stations !== null && index > 0 && looks.at(-1)?.stations !== null;
    if (follows && (!isHole || run === 1))
      usual = Math.round(Math.min(Math.max(pause, usual / 2), usual * 3));
    run = follows && !isHole ? run + 1 : 1;
    looks.push({ at, stations, pauseBefore: isHole || index === 0 || looks.at(-1)?.stations === null });
  }
  return looks;
}

/** The spells of every station in a lane; `isLive`: nothing came after it. */
export function spellsOf(polls: RawPoll[], isLive: boolean): Spell[] {
  const spells: Spell[] = [];
  const looks = looksOf(polls);
  const newest = looks.findLast((look) => look.stations !== null)?.at;
  for (const station of stationsOf(polls)) {
    let spell: Spell | null = null;
    let previous: Look | null = null;
    for (const look of looks) {
      const seen = look.stations?.get(station);
      const goesOn = !look.pauseBefore && previous?.stations?.has(station) === true;
      previous = look;
      if (seen === undefined) continue;
      const state = stateOf(seen);
      if (spell !== null && goesOn) {
        spell.seenTo = look.at;
        if (spell.state === state) continue;
        spell.endObserved = true;
      }
      spell = {
        station,
        state,
        from: look.at,
        to: null,
        seenTo: look.at,
        startObserved: goesOn,
        endObserved: false,
      };
      spells.push(spell);
    }
  }
  for (const spell of spells)
    if (spell.endObserved || !isLive || spell.seenTo !== newest) spell.to = spell.seenTo;
  return spells;
}

/** The hours of every station in a lane, by `station hour`. */
export function hoursOf(polls: RawPoll[]): Map<string, Hour> {
  const hours = new Map<string, Hour>();
  const looks = looksOf(polls);
  for (const station of stationsOf(polls)) {
    let known: number | null = null;
    for (const [index, look] of looks.entries()) {
      const seen = look.stations?.get(station);
      if (seen === undefined) continue;
      const next = looks[index + 1];
      const lasts = next !== undefined && !next.pauseBefore && next.stations?.has(station) === true;
      addTime(hours, station, seen, look.at, lasts ? next.at : look.at);
      if (seen.bikes === null) continue;
      if (known !== null) addStep(hourAt(hours, station, look.at), seen.bikes - known);
      known = seen.bikes;
    }
  }
  return hours;
}

function addTime(
  hours: Map<string, Hour>,
  station: string,
  seen: RawStation,
  from: number,
  to: number,
): void {
  let at = from;
  do {
    const end = Math.min(to, Math.floor(at / HOUR_MS) * HOUR_MS + HOUR_MS);
    const hour = hourAt(hours, station, at);
    const ms = end - at;
    hour.observedMs += ms;
    hour.stateMs[stateOf(seen)] += ms;
    if (seen.bikes !== null) {
      hour.bikes.push(seen.bikes);
      hour.bikesMs += seen.bikes * ms;
      hour.bikesKnownMs += ms;
    }
    if (seen.docks !== null) {
      hour.docks.push(seen.docks);
      hour.docksMs += seen.docks * ms;
      hour.docksKnownMs += ms;
    }
    at = end;
  } while (at < to);
}

function addStep(hour: Hour, delta: number): void {
  if (delta > 0) hour.arrivals += delta;
  else hour.departures -= delta;
  hour.largestStep = Math.max(hour.largestStep, Math.abs(delta));
}

function hourAt(hours: Map<string, Hour>, station: string, at: number): Hour {
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const key = `${station} ${hour}`;
  const known = hours.get(key);
  if (known !== undefined) return known;
  const made: Hour = {
    station,
    hour,
    bikes: [],
    docks: [],
    bikesMs: 0,
    bikesKnownMs: 0,
    docksMs: 0,
    docksKnownMs: 0,
    observedMs: 0,
    stateMs: { ok: 0, empty: 0, full: 0, closed: 0, unknown: 0 },
    arrivals: 0,
    departures: 0,
    largestStep: 0,
  };
  hours.set(key, made);
  return made;
}

/** Adds the hours that two lanes share. */
export function addHours(into: Map<string, Hour>, others: Map<string, Hour>): void {
  for (const [key, other] of others) {
    const hour = into.get(key);
    if (hour === undefined) {
      into.set(key, other);
      continue;
    }
    hour.bikes.push(...other.bikes);
    hour.docks.push(...other.docks);
    for (const sum of [
      'bikesMs',
      'bikesKnownMs',
      'docksMs',
      'docksKnownMs',
      'observedMs',
      'arrivals',
      'departures',
    ] as const)
      hour[sum] += other[sum];
    for (const state of ['ok', 'empty', 'full', 'closed', 'unknown'] as const)
      hour.stateMs[state] += other.stateMs[state];
    hour.largestStep = Math.max(hour.largestStep, other.largestStep);
  }
}

function stationsOf(polls: RawPoll[]): Set<string> {
  return new Set(polls.flatMap(({ answer }) => (answer instanceof Map ? [...answer.keys()] : [])));
}
