/**
 * Vehicle stays computed the slow way: every vehicle of a list against every one of the list before, on the raw rows of
 * a body and a round earth. Written from the rule and not from the program that it checks.
 */
export type RawVehicle = {
  id: string;
  lat: number;
  lon: number;
  type: string | null;
  station: string | null;
  state: string;
};

/** One stay; times are those of the polls. */
export type SlowStay = {
  type: string | null;
  station: string | null;
  state: string;
  lat: number;
  lon: number;
  from: number;
  to: number | null;
  beginSeen: boolean;
  endSeen: boolean | null;
};

/**
 * `vehicles` is null for a poll that observed nothing. `lookedBefore`: the poll before was an observation, without a
 * hole in between.
 */
export type SlowPoll = { at: number; vehicles: RawVehicle[] | null; lookedBefore: boolean };

type Track = { id: string; stay: SlowStay };

export function slowVehicleStays(polls: readonly SlowPoll[]): SlowStay[] {
  const stays: SlowStay[] = [];
  let open: Track[] = [];
  let away: Track[] = [];
  for (const { at, vehicles, lookedBefore } of polls) {
    away = away.filter(({ stay }) => at - (stay.to ?? at) <= 900_000);
    if (vehicles === null) continue;
    const rows = vehicles.filter((row, index) => !vehicles.slice(index + 1).some(({ id }) => id === row.id));
    const next: Track[] = [];
    const unknown: RawVehicle[] = [];
    for (const row of rows) {
      const was = open.find(({ id }) => id === row.id);
      const left = away.find(({ id }) => id === row.id);
      if (was !== undefined) {
        if (alike(was.stay, row) && apart(was.stay, row) <= 50) next.push(was);
        else {
          was.stay.to = at;
          was.stay.endSeen = lookedBefore;
          next.push(beginStay(row));
        }
      } else if (left !== undefined && alike(left.stay, row) && apart(left.stay, row) <= 100) {
        away = away.filter((track) => track !== left);
        left.stay.to = null;
        left.stay.endSeen = null;
        if (apart(left.stay, row) > 50) Object.assign(left.stay, rounded(row));
        next.push(left);
      } else unknown.push(row);
    }
    let lost = open.filter(({ id }) => !rows.some((row) => row.id === id));
    const survived = open.length - lost.length;
    if (survived < open.length / 2 && survived < rows.length / 2) {
      const pairs = lost.flatMap((track) =>
        unknown
          .filter((row) => alike(track.stay, row) && apart(track.stay, row) <= 50)
          .map((row) => ({ track, row })),
      );
      pairs.sort(
        (a, b) =>
          units2(a.track.stay, a.row) - units2(b.track.stay, b.row) ||
          a.track.stay.from - b.track.stay.from ||
          byText(a.track.id, b.track.id) ||
          byText(a.row.id, b.row.id),
      );
      for (const { track, row } of pairs) {
        if (!lost.includes(track) || !unknown.includes(row)) continue;
        lost = lost.filter((other) => other !== track);
        unknown.splice(unknown.indexOf(row), 1);
        next.push({ id: row.id, stay: track.stay });
      }
    }
    for (const row of unknown) {
      away = away.filter(({ id }) => id !== row.id);
      next.push(beginStay(row));
    }
    for (const track of lost) {
      track.stay.to = at;
      track.stay.endSeen = lookedBefore;
      away.push(track);
    }
    open = next;

    function beginStay(row: RawVehicle): Track {
      const { type, station, state } = row;
      const stay: SlowStay = {
        type,
        station,
        state,
        ...rounded(row),
        from: at,
        to: null,
        beginSeen: lookedBefore,
        endSeen: null,
      };
      stays.push(stay);
      return { id: row.id, stay };
    }
  }
  return stays;
}

function alike(stay: SlowStay, row: RawVehicle): boolean {
  return stay.type === row.type && stay.station === row.station && stay.state === row.state;
}

type Point = { lat: number; lon: number };

/** Haversine. */
export function apart(one: Point, other: Point): number {
  const radians = Math.PI / 180;
  const half =
    Math.sin(((other.lat - one.lat) * radians) / 2) ** 2 +
    Math.cos(one.lat * radians) *
      Math.cos(other.lat * radians) *
      Math.sin(((other.lon - one.lon) * radians) / 2) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(half));
}

/** Positions are kept to 1e-5 degree, and kept positions decide which of several is nearest. */
function rounded({ lat, lon }: Point): Point {
  return { lat: Math.round(lat * 1e5) / 1e5, lon: Math.round(lon * 1e5) / 1e5 };
}

function units2(stay: SlowStay, row: RawVehicle): number {
  const place = rounded(row);
  const north = Math.round((place.lat - stay.lat) * 1e5);
  const east =
    Math.round((place.lon - stay.lon) * 1e5) *
    Math.max(0.01, Math.cos((Math.round(stay.lat * 1e5) / 1e5) * (Math.PI / 180)));
  return north * north + east * east;
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
