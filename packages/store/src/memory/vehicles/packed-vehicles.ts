import { compressZstd, decompressZstd } from '@velolog/stream/kafka/zstd';
import type { ListedVehicle, VehicleListState, VehicleStay } from './vehicle-state.ts';

/**
 * A list of vehicles in columns, compressed, outside of V8's heap. Unknown numbers are NONE, unknown times NaN. The
 * first `listed` rows are listed, the rest are gone; both keep their order.
 */
export type PackedVehicles = {
  listed: number;
  gone: number;
  /** Column by column, which compresses well: the times, the numbers, and the ids as text, separated by U+0000, which occurs in no id. */
  columns: Buffer;
  columnBytes: number;
  /** Names of types and stations. */
  names: string[];
};

/** The content of `columns`: one column after the other, with a value for each row. */
type Columns = {
  count: number;
  /** from_at, to_at, stay_key. */
  times: Float64Array;
  /** lat_e5, lon_e5, range_km of the stay, range_km now, type, station (indexes into `names`), flags. */
  numbers: Int32Array;
  ids: Buffer;
};

const TIMES = 3;
const NUMBERS = 7;
/** No latitude, range or index comes near this value. */
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
  const columns = { count, times: new Float64Array(count * TIMES), numbers: new Int32Array(count * NUMBERS) };
  for (const vehicles of [listed, gone]) {
    for (const vehicle of vehicles.values())
      writeRow(columns, ids.push(vehicle.vehicle_id) - 1, vehicle, names);
  }
  const { times, numbers } = columns;
  const plain = Buffer.concat([bytesOf(times), bytesOf(numbers), Buffer.from(ids.join('\0'))]);
  return {
    listed: listed.size,
    gone: gone.size,
    columns: compressZstd(plain),
    columnBytes: plain.length,
    names: [...names.keys()],
  };
}

function writeRow(
  { count, times, numbers }: Omit<Columns, 'ids'>,
  row: number,
  { stay, range_km }: ListedVehicle,
  names: Map<string, number>,
): void {
  times[row] = stay.from_at;
  times[count + row] = stay.to_at ?? Number.NaN;
  times[2 * count + row] = stay.stay_key;
  numbers[row] = stay.lat_e5 ?? NONE;
  numbers[count + row] = stay.lon_e5 ?? NONE;
  numbers[2 * count + row] = stay.range_km ?? NONE;
  numbers[3 * count + row] = range_km ?? NONE;
  numbers[4 * count + row] = placeOf(stay.vehicle_type_id, names);
  numbers[5 * count + row] = placeOf(stay.station_id, names);
  numbers[6 * count + row] =
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

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Int32Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function columnsOf({ listed, gone, columns, columnBytes }: PackedVehicles): Columns {
  const count = listed + gone;
  const plain = decompressZstd(columns, columnBytes);
  const times = new Float64Array(count * TIMES);
  const numbers = new Int32Array(count * NUMBERS);
  // Copied because a typed array view must begin at a multiple of its element size.
  plain.copy(bytesOf(times));
  plain.copy(bytesOf(numbers), 0, times.byteLength);
  return { count, times, numbers, ids: plain.subarray(times.byteLength + numbers.byteLength) };
}

export function unpackVehicles(packed: PackedVehicles): VehicleListState {
  const { listed, gone } = packed;
  const state: VehicleListState = { listed: new Map(), gone: new Map() };
  const columns = columnsOf(packed);
  const ids = columns.ids.toString().split('\0');
  for (let row = 0; row < listed + gone; row++) {
    const vehicle = vehicleOf(columns, packed.names, row, ids[row] ?? '');
    (row < listed ? state.listed : state.gone).set(vehicle.vehicle_id, vehicle);
  }
  return state;
}

function vehicleOf(
  { count, times, numbers }: Columns,
  names: string[],
  row: number,
  vehicle_id: string,
): ListedVehicle {
  const number = (column: number) => numbers[column * count + row] as number;
  const known = (column: number) => (number(column) === NONE ? null : number(column));
  const time = (column: number) => times[column * count + row] as number;
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

/** The fields of listed vehicles that a gauge counts. */
export function* standingIn(
  packed: PackedVehicles,
): Iterable<Pick<VehicleStay, 'vehicle_type_id' | 'station_id' | 'state'>> {
  const { count, numbers } = columnsOf(packed);
  for (let row = 0; row < packed.listed; row++) {
    yield {
      vehicle_type_id: nameAt(packed.names, numbers[4 * count + row] as number),
      station_id: nameAt(packed.names, numbers[5 * count + row] as number),
      state: STATES[(numbers[6 * count + row] as number) & STATE_MASK] as VehicleStay['state'],
    };
  }
}
