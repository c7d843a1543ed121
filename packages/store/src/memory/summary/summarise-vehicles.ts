import type { VehicleListState } from '../vehicles/vehicle-state.ts';

/** The content of a vehicle list in numbers. */
export type VehicleSummary = Box & {
  available: number;
  reserved: number;
  disabled: number;
  at_station: number;
  /** By vehicle_type_id; null when the feed does not give one. */
  types: Map<string | null, TypeSummary>;
};

/** Vehicles of one type: those outside stations by state, and all at stations together. */
export type TypeSummary = Box & { available: number; reserved: number; disabled: number; docked: number };

/** In 1e-5 degree; null when no vehicle has a position. */
type Box = {
  west_e5: number | null;
  south_e5: number | null;
  east_e5: number | null;
  north_e5: number | null;
};

export function summariseVehicles({ listed }: VehicleListState): VehicleSummary {
  const count = { available: 0, reserved: 0, disabled: 0, at_station: 0 };
  const box = nowhere();
  const types: VehicleSummary['types'] = new Map();
  for (const { stay } of listed.values()) {
    count[stay.state] += 1;
    const type = types.get(stay.vehicle_type_id) ?? noneOf();
    types.set(stay.vehicle_type_id, type);
    if (stay.station_id === null) type[stay.state] += 1;
    else {
      count.at_station += 1;
      type.docked += 1;
    }
    if (stay.lat_e5 === null || stay.lon_e5 === null) continue;
    widen(box, stay.lat_e5, stay.lon_e5);
    widen(type, stay.lat_e5, stay.lon_e5);
  }
  return { ...count, ...box, types };
}

function nowhere(): Box {
  return { west_e5: null, south_e5: null, east_e5: null, north_e5: null };
}

function noneOf(): TypeSummary {
  return { available: 0, reserved: 0, disabled: 0, docked: 0, ...nowhere() };
}

function widen(box: Box, lat_e5: number, lon_e5: number): void {
  box.west_e5 = Math.min(box.west_e5 ?? lon_e5, lon_e5);
  box.south_e5 = Math.min(box.south_e5 ?? lat_e5, lat_e5);
  box.east_e5 = Math.max(box.east_e5 ?? lon_e5, lon_e5);
  box.north_e5 = Math.max(box.north_e5 ?? lat_e5, lat_e5);
}
