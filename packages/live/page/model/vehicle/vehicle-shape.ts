import type { Vehicle } from '../../../src/api/vehicle.ts';
import { isElectric, isLow, type Kind, kindOf } from './vehicle.ts';

/** Outlines on a 20 by 20 grid. The shape shows the form factor, on the map and elsewhere; stations are circles. */
export const OUTLINES: Record<Kind, string> = {
  scooter: 'M10 2 18.5 17H1.5z',
  bike: 'M3 3h14v14H3z',
  ebike: 'M3 3h14v14H3z',
  cargo_bike: 'M1 5.5h18v9H1z',
  moped: 'M10 1 19 10 10 19 1 10z',
  car: 'M10 1.5 19 8l-3.5 10h-11L1 8z',
  other: 'M6 2h8l5 8-5 8H6l-5-8z',
  unknown: 'M6 2h8l5 8-5 8H6l-5-8z',
};

/** A bolt for a vehicle with a motor. */
export const BOLT = 'M11 5.6 7 11.4h2.6L9 16l4.1-6.2h-2.7z';
/** A cross for a vehicle that cannot be rented. */
export const CROSS = 'M7.4 8.4l5.2 5.2M12.6 8.4l-5.2 5.2';
/** A mark in the corner for a nearly empty battery. */
export const LOW_MARK = { x: 16.5, y: 16.5, radius: 3.2 };

export type Look = { kind: Kind; electric: boolean; low: boolean; state: Vehicle['state'] };

export function lookOf(vehicle: Vehicle): Look {
  return {
    kind: kindOf(vehicle),
    electric: isElectric(vehicle),
    low: isLow(vehicle),
    state: vehicle.state,
  };
}
