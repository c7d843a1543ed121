import type { VehicleListState } from '../vehicles/vehicle-state.ts';

/** What a list of vehicles holds. Places in 1e-5 degree; null where no vehicle has one. */
export type VehicleSummary = {
  available: number;
  reserved: number;
  disabled: number;
  at_station: number;
  west_e5: number | null;
  south_e5: number | null;
  east_e5: number | null;
  north_e5: number | null;
};

export function summariseVehicles({ listed }: VehicleListState): VehicleSummary {
  const count = { available: 0, reserved: 0, disabled: 0, at_station: 0 };
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const { stay } of listed.values()) {
    count[stay.state] += 1;
    if (stay.station_id !== null) count.at_station += 1;
    if (stay.lat_e5 === null || stay.lon_e5 === null) continue;
    box.west = Math.min(box.west, stay.lon_e5);
    box.south = Math.min(box.south, stay.lat_e5);
    box.east = Math.max(box.east, stay.lon_e5);
    box.north = Math.max(box.north, stay.lat_e5);
  }
  const known = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    ...count,
    west_e5: known(box.west),
    south_e5: known(box.south),
    east_e5: known(box.east),
    north_e5: known(box.north),
  };
}
