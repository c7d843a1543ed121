import type { Vehicle } from '../../../src/api/vehicle.ts';

/** Kinds that people tell apart in the street. Each has a chip, a shape and a name. */
export const KINDS = ['scooter', 'bike', 'ebike', 'cargo_bike', 'moped', 'car', 'other', 'unknown'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = {
  scooter: 'Scooter',
  bike: 'Bike',
  ebike: 'E-bike',
  cargo_bike: 'Cargo bike',
  moped: 'Moped',
  car: 'Car',
  other: 'Other',
  unknown: 'Vehicle',
};

const KIND_OF_FORM: Record<string, Kind> = {
  bicycle: 'bike',
  cargo_bicycle: 'cargo_bike',
  scooter: 'scooter',
  scooter_standing: 'scooter',
  scooter_seated: 'scooter',
  moped: 'moped',
  car: 'car',
  other: 'other',
};

/** A missing form factor is `unknown`; an unfamiliar one is `other`. */
export function kindOf({
  form_factor,
  propulsion_type,
}: Pick<Vehicle, 'form_factor' | 'propulsion_type'>): Kind {
  if (form_factor === null) return 'unknown';
  const kind = KIND_OF_FORM[form_factor] ?? 'other';
  return kind === 'bike' && propulsion_type !== null && propulsion_type !== 'human' ? 'ebike' : kind;
}

const ELECTRIC = ['electric', 'electric_assist'];

export function isElectric({ propulsion_type }: Pick<Vehicle, 'propulsion_type'>): boolean {
  return propulsion_type !== null && ELECTRIC.includes(propulsion_type);
}

/** Enough for half an hour's ride. */
const LOW_RANGE_METERS = 5_000;

/** A missing range does not count as low. */
export function isLow({ range_meters }: Pick<Vehicle, 'range_meters'>): boolean {
  return range_meters !== null && range_meters < LOW_RANGE_METERS;
}

/** A vehicle at a station is part of the station's counts: it is drawn and summed there. */
export function isFree({ station_id }: Pick<Vehicle, 'station_id'>): boolean {
  return station_id === null;
}

/** An empty list means all kinds. */
export function filterVehicles(vehicles: readonly Vehicle[], kinds: readonly Kind[]): readonly Vehicle[] {
  return kinds.length === 0 ? vehicles : vehicles.filter((vehicle) => kinds.includes(kindOf(vehicle)));
}

export type VehicleTotals = {
  available: number;
  reserved: number;
  disabled: number;
  low: number;
  kinds: ReadonlyMap<Kind, number>;
};

/** Only vehicles without a station, so that none is counted twice. */
export function vehicleTotalsOf(vehicles: readonly Vehicle[]): VehicleTotals {
  const totals = { available: 0, reserved: 0, disabled: 0, low: 0, kinds: new Map<Kind, number>() };
  for (const vehicle of vehicles) {
    if (!isFree(vehicle)) continue;
    totals[vehicle.state]++;
    if (vehicle.state === 'available' && isLow(vehicle)) totals.low++;
    const kind = kindOf(vehicle);
    totals.kinds.set(kind, (totals.kinds.get(kind) ?? 0) + 1);
  }
  return totals;
}

/** `E-scooter`, `Cargo bike`: the everyday name. */
export function nameOfVehicle(vehicle: Pick<Vehicle, 'form_factor' | 'propulsion_type'>): string {
  const kind = kindOf(vehicle);
  return kind === 'scooter' && isElectric(vehicle) ? 'E-scooter' : KIND_NAMES[kind];
}

/** `12 km`; an en dash when unknown. */
export function formatRange(meters: number | null): string {
  return meters === null ? '–' : `${Math.round(meters / 1000)} km`;
}
