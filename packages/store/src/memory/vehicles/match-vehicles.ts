import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { METERS_PER_UNIT, metersBetween, shrink, toPlace } from './vehicle-place.ts';
import type { ListedVehicle } from './vehicle-state.ts';

/** Distinguishes position noise from a move, on every feed that was measured. */
export const SAME_PLACE_METERS = 50;

/** The most pairs of neighbours that are compared. 20,000 vehicles of a city make about 100,000. */
const PAIRS_MAX = 400_000;

type Pair = { before: ListedVehicle; now: VehicleStatus; units2: number };

/**
 * Finds which of the vehicles now listed under a new id stand where others stood before: pairs of the same type,
 * station and state within 50 m, nearest first. For equally near pairs the older stay goes first, then the smaller ids,
 * so the order of a list does not matter.
 *
 * A crowd that would need too many comparisons (a hostile list, not a city) is matched within a shorter distance.
 */
export function matchByPlace(
  before: Iterable<ListedVehicle>,
  now: Iterable<VehicleStatus>,
): Map<VehicleStatus, ListedVehicle> {
  const matched = new Map<VehicleStatus, ListedVehicle>();
  const sides = new Map<string, { before: ListedVehicle[]; now: VehicleStatus[] }>();
  for (const vehicle of before) sideOf(sides, kindOf(vehicle.stay)).before.push(vehicle);
  for (const vehicle of now) sides.get(kindOf(vehicle))?.now.push(vehicle);
  for (const side of sides.values()) {
    side.before.sort(olderFirst);
    side.now.sort((left, right) => compareText(left.vehicle_id, right.vehicle_id));
    matchSamePlace(side.before, side.now, matched);
    const taken = new Set(matched.values());
    matchNearest(
      side.before.filter((vehicle) => !taken.has(vehicle)),
      side.now.filter((vehicle) => !matched.has(vehicle)),
      matched,
    );
  }
  return matched;
}

/** Only vehicles that agree in these can be the same stay. */
function kindOf(vehicle: {
  vehicle_type_id: string | null;
  station_id: string | null;
  state: string;
}): string {
  return JSON.stringify([vehicle.vehicle_type_id, vehicle.station_id, vehicle.state]);
}

function sideOf<Side>(sides: Map<string, { before: Side[]; now: VehicleStatus[] }>, kind: string) {
  let side = sides.get(kind);
  if (side === undefined) {
    side = { before: [], now: [] };
    sides.set(kind, side);
  }
  return side;
}

function olderFirst(left: ListedVehicle, right: ListedVehicle): number {
  return left.stay.from_at - right.stay.from_at || compareText(left.vehicle_id, right.vehicle_id);
}

/** By code unit: the same on every machine, whatever its language. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Most vehicles keep their position to the metre when ids rotate; no pair can be nearer than these. */
function matchSamePlace(
  before: ListedVehicle[],
  now: VehicleStatus[],
  matched: Map<VehicleStatus, ListedVehicle>,
): void {
  const byPlace = new Map<string, ListedVehicle[]>();
  for (const vehicle of before.toReversed()) {
    const place = `${vehicle.stay.lat_e5},${vehicle.stay.lon_e5}`;
    const there = byPlace.get(place);
    if (there === undefined) byPlace.set(place, [vehicle]);
    else there.push(vehicle);
  }
  for (const vehicle of now) {
    const { lat_e5, lon_e5 } = toPlace(vehicle);
    const found = byPlace.get(`${lat_e5},${lon_e5}`)?.pop();
    if (found !== undefined) matched.set(vehicle, found);
  }
}

function matchNearest(
  before: ListedVehicle[],
  now: VehicleStatus[],
  matched: Map<VehicleStatus, ListedVehicle>,
): void {
  if (before.length === 0 || now.length === 0) return;
  const pairs = pairsWithin(SAME_PLACE_METERS, before, now);
  pairs.sort(
    (left, right) =>
      left.units2 - right.units2 ||
      olderFirst(left.before, right.before) ||
      compareText(left.now.vehicle_id, right.now.vehicle_id),
  );
  const taken = new Set<ListedVehicle>();
  for (const pair of pairs) {
    if (taken.has(pair.before) || matched.has(pair.now)) continue;
    taken.add(pair.before);
    matched.set(pair.now, pair.before);
  }
}

/** Pairs at most this far apart. If there are too many, the distance is halved, down to no pairs. */
function pairsWithin(meters: number, before: ListedVehicle[], now: VehicleStatus[]): Pair[] {
  if (meters < 1) return [];
  const grid = new Grid(meters, now);
  let candidates = 0;
  for (const { stay } of before) {
    for (const cell of grid.around(stay.lat_e5, stay.lon_e5)) candidates += cell.length;
    if (candidates > PAIRS_MAX) return pairsWithin(meters / 2, before, now);
  }
  const pairs: Pair[] = [];
  for (const vehicle of before) {
    for (const cell of grid.around(vehicle.stay.lat_e5, vehicle.stay.lon_e5)) {
      for (const other of cell) {
        const apart = metersBetween(vehicle.stay, other);
        if (apart === null || apart > meters) continue;
        pairs.push({ before: vehicle, now: other, units2: squaredUnits(vehicle, other) });
      }
    }
  }
  return pairs;
}

/**
 * Compares rounded positions, as the tables keep them, so that a state read back from the tables gives the same result.
 */
function squaredUnits({ stay }: ListedVehicle, vehicle: VehicleStatus): number {
  const { lat_e5, lon_e5 } = toPlace(vehicle);
  const north = (lat_e5 ?? 0) - (stay.lat_e5 ?? 0);
  const east = ((lon_e5 ?? 0) - (stay.lon_e5 ?? 0)) * shrink((stay.lat_e5 ?? 0) / 1e5);
  return north * north + east * east;
}

/**
 * Vehicles by cell. A row of cells is as high as the distance; the width of a cell depends on how far its row is from the equator.
 */
class Grid {
  readonly #units: number;
  readonly #cells = new Map<number, VehicleStatus[]>();

  constructor(meters: number, vehicles: VehicleStatus[]) {
    this.#units = Math.ceil(meters / METERS_PER_UNIT) + 1;
    for (const vehicle of vehicles) {
      const { lat_e5, lon_e5 } = toPlace(vehicle);
      if (lat_e5 === null || lon_e5 === null) continue;
      const row = this.#rowOf(lat_e5);
      const key = keyOf(row, Math.floor(lon_e5 / this.#widthOf(row)));
      const cell = this.#cells.get(key);
      if (cell === undefined) this.#cells.set(key, [vehicle]);
      else cell.push(vehicle);
    }
  }

  /** The cells that contain everything within the distance of a place. */
  *around(lat_e5: number | null, lon_e5: number | null): Generator<VehicleStatus[]> {
    if (lat_e5 === null || lon_e5 === null) return;
    const middle = this.#rowOf(lat_e5);
    for (let row = middle - 1; row <= middle + 1; row++) {
      const width = this.#widthOf(row);
      const column = Math.floor(lon_e5 / width);
      for (let next = column - 1; next <= column + 1; next++) {
        const cell = this.#cells.get(keyOf(row, next));
        if (cell !== undefined) yield cell;
      }
    }
  }

  #rowOf(lat_e5: number): number {
    return Math.floor(lat_e5 / this.#units);
  }

  /** As wide as the distance where degrees are shortest in this row and the rows beside it. */
  #widthOf(row: number): number {
    const farthest = (Math.max(Math.abs(row - 1), Math.abs(row + 2)) * this.#units) / 1e5;
    return Math.ceil(this.#units / shrink(Math.min(90, farthest)));
  }
}

const COLUMNS = 2 ** 22;

function keyOf(row: number, column: number): number {
  return row * COLUMNS + column;
}
