/** A vehicle type of a fleet, in the terms of GBFS. */
export type VehicleKind = {
  vehicle_type_id: string;
  form_factor: 'bicycle' | 'cargo_bicycle' | 'scooter_standing';
  propulsion_type: 'human' | 'electric_assist' | 'electric';
  name: string;
  /** Null for a vehicle that needs no battery. */
  maxRangeMeters: number | null;
};

const BIKE: VehicleKind = {
  vehicle_type_id: 'bike',
  form_factor: 'bicycle',
  propulsion_type: 'human',
  name: 'City bike',
  maxRangeMeters: null,
};
const EBIKE: VehicleKind = {
  vehicle_type_id: 'ebike',
  form_factor: 'bicycle',
  propulsion_type: 'electric_assist',
  name: 'Electric city bike',
  maxRangeMeters: 60_000,
};
const SCOOTER: VehicleKind = {
  vehicle_type_id: 'scooter',
  form_factor: 'scooter_standing',
  propulsion_type: 'electric',
  name: 'Scooter',
  maxRangeMeters: 45_000,
};
const CARGO: VehicleKind = {
  vehicle_type_id: 'cargo',
  form_factor: 'cargo_bicycle',
  propulsion_type: 'electric_assist',
  name: 'Cargo bike',
  maxRangeMeters: 50_000,
};

export const VEHICLE_KINDS: readonly VehicleKind[] = [BIKE, EBIKE, SCOOTER, CARGO];

/** The free-floating fleet: of ten vehicles, six are scooters, three e-bikes and one a cargo bike. */
const MIX = [
  SCOOTER,
  EBIKE,
  SCOOTER,
  SCOOTER,
  CARGO,
  SCOOTER,
  EBIKE,
  SCOOTER,
  EBIKE,
  SCOOTER,
] as const satisfies readonly VehicleKind[];

export function kindOfVehicle(number: number): VehicleKind {
  return MIX[number % MIX.length] ?? SCOOTER;
}

/** Bikes of a station by type, as in GBFS 2.1 to 3.1; empty for a system that does not publish this. */
export function vehicleTypesOf({ bikes, ebikes }: { bikes: number; ebikes: number | null }): object {
  if (ebikes === null) return {};
  return {
    vehicle_types_available: [
      { vehicle_type_id: BIKE.vehicle_type_id, count: bikes - ebikes },
      { vehicle_type_id: EBIKE.vehicle_type_id, count: ebikes },
    ],
  };
}
