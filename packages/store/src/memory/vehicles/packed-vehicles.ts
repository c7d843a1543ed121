import type { ListedVehicle, VehicleListState, VehicleStay } from './vehicle-state.ts';

/**
 * A list of vehicles in columns: some 50 bytes each and their ids, outside of V8's heap. Numbers that are not known are NONE, times NaN.
 * The first `listed` are listed, the rest are gone; both in their order.
 */
export type PackedVehicles = {
  listed: number;
  gone: number;
  /** Ids as text, divided by U+0000, which no id has. */
  ids: Buffer;
  /** A row each: from_at, to_at, stay_key. */
  times: Float64Array;
  /** A row each: lat_e5, lon_e5, range_km of the stay, range_km now, type, station (places in `names`), flags. */
  numbers: Int32Array;
  names: string[];
};

const TIMES = 3;
const NUMBERS = 7;
/** No latitude, range or place in a list comes near. */
const NONE = -0x80000000;
const STATES = ['available', 'reserved', 'disabled'] as const;
const STATE_MASK = 3;
const BEGIN_SEEN = 4;
const END_SEEN = 8;
const END_KNOWN = 16;

export function packVehicles({ listed, gone }: VehicleListState): PackedVehicles {
  const count = listed.size + gone.size;
  const ids: string[] = [];
  const names = new Map<string, number>();
  const times = new Float64Array(count * TIMES);
  const numbers = new Int32Array(count * NUMBERS);
  for (const vehicles of [listed, gone]) {
    for (const vehicle of vehicles.values()) {
      const row = ids.push(vehicle.vehicle_id) - 1;
      writeTimes(times, row * TIMES, vehicle.stay);
      writeNumbers(numbers, row * NUMBERS, vehicle, names);
    }
  }
  return {
    listed: listed.size,
    gone: gone.size,
    ids: Buffer.from(ids.join('\0')),
    times,
    numbers,
    names: [...names.keys()],
  };
}

function writeTimes(times: Float64Array, at: number, { from_at, to_at, stay_key }: VehicleStay): void {
  times[at] = from_at;
  times[at + 1] = to_at ?? Number.NaN;
  times[at + 2] = stay_key;
}

function writeNumbers(
  numbers: Int32Array,
  at: number,
  { stay, range_km }: ListedVehicle,
  names: Map<string, number>,
): void {
  numbers[at] = stay.lat_e5 ?? NONE;
  numbers[at + 1] = stay.lon_e5 ?? NONE;
  numbers[at + 2] = stay.range_km ?? NONE;
  numbers[at + 3] = range_km ?? NONE;
  numbers[at + 4] = placeOf(stay.vehicle_type_id, names);
  numbers[at + 5] = placeOf(stay.station_id, names);
  numbers[at + 6] =
    STATES.indexOf(stay.state) |
    (stay.begin_seen ? BEGIN_SEEN : 0) |
    (stay.end_seen === null ? 0 : END_KNOWN) |
    (stay.end_seen === true ? END_SEEN : 0);
}

function placeOf(name: string | null, names: Map<string, number>): number {
  if (name === null) return NONE;
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}

export function unpackVehicles(packed: PackedVehicles): VehicleListState {
  const { listed, gone } = packed;
  const state: VehicleListState = { listed: new Map(), gone: new Map() };
  const ids = packed.ids.toString().split('\0');
  for (let row = 0; row < listed + gone; row++) {
    const vehicle = vehicleOf(packed, row, ids[row] ?? '');
    (row < listed ? state.listed : state.gone).set(vehicle.vehicle_id, vehicle);
  }
  return state;
}

function vehicleOf(
  { times, numbers, names }: PackedVehicles,
  row: number,
  vehicle_id: string,
): ListedVehicle {
  const number = (column: number) => numbers[row * NUMBERS + column] as number;
  const known = (column: number) => (number(column) === NONE ? null : number(column));
  const time = (column: number) => times[row * TIMES + column] as number;
  const to_at = time(1);
  const flags = number(6);
  return {
    vehicle_id,
    range_km: known(3),
    stay: {
      stay_key: time(2),
      vehicle_type_id: nameAt(names, number(4)),
      station_id: nameAt(names, number(5)),
      lat_e5: known(0),
      lon_e5: known(1),
      state: STATES[flags & STATE_MASK] as VehicleStay['state'],
      range_km: known(2),
      from_at: time(0),
      to_at: Number.isNaN(to_at) ? null : to_at,
      begin_seen: (flags & BEGIN_SEEN) !== 0,
      end_seen: (flags & END_KNOWN) === 0 ? null : (flags & END_SEEN) !== 0,
    },
  };
}

function nameAt(names: string[], place: number): string | null {
  return place === NONE ? null : (names[place] as string);
}

/** Of the vehicles that are listed, what a gauge counts. */
export function* standingIn({
  listed,
  numbers,
  names,
}: PackedVehicles): Iterable<Pick<VehicleStay, 'vehicle_type_id' | 'station_id' | 'state'>> {
  for (let row = 0; row < listed; row++) {
    const at = row * NUMBERS;
    yield {
      vehicle_type_id: nameAt(names, numbers[at + 4] as number),
      station_id: nameAt(names, numbers[at + 5] as number),
      state: STATES[(numbers[at + 6] as number) & STATE_MASK] as VehicleStay['state'],
    };
  }
}
