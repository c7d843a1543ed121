import { computed, signal } from '@preact/signals';
import type { Alert, Zones } from '../../src/api/document.ts';
import type { Vehicle, VehicleList } from '../../src/api/vehicle.ts';
import type { VehicleReplay } from '../../src/api/vehicle-replay.ts';
import { filterVehicles, isFree, vehicleTotalsOf } from '../model/vehicle/vehicle.ts';
import { vehiclesAt } from '../model/vehicle/vehicle-replay.ts';
import { urlState } from './url-signal.ts';

/** The newest list that the page has; null when no feed lists vehicles, or none was read yet. */
export const vehicles = signal<readonly Vehicle[] | null>(null);
/** Identifies that list. */
export const vehicleList = signal<VehicleList | null>(null);
export const vehicleReplay = signal<VehicleReplay | null>(null);
export const alerts = signal<readonly Alert[]>([]);
/** When their feed was last heard if it is overdue, so that they may have changed; otherwise null. */
export const alertsLateSince = signal<string | null>(null);
/** Whether the operator publishes zones, and the zones once the user wants to see them. */
export const hasZones = signal(false);
export const zones = signal<Zones | null>(null);

const at = computed(() => urlState.value.at);
const kinds = computed(() => urlState.value.kinds);
const layers = computed(() => urlState.value.layers);

/** Whether the system lists vehicles at all. */
export const hasVehicles = computed(() => vehicleList.value !== null);

/** All vehicles at the shown moment; null when it was not observed, or while the history is being fetched. */
export const shownVehicles = computed<readonly Vehicle[] | null>(() => {
  if (at.value === null) return vehicles.value;
  return vehicleReplay.value === null ? null : vehiclesAt(vehicleReplay.value, at.value);
});

/** The vehicles that pass the chips, for the table. */
export const filteredVehicles = computed(() => filterVehicles(shownVehicles.value ?? [], kinds.value));
/** The vehicles on the map; those at a station are part of the station. */
export const drawnVehicles = computed(() =>
  layers.value.includes('vehicles') ? filteredVehicles.value.filter(isFree) : [],
);
export const vehicleTotals = computed(() =>
  shownVehicles.value === null ? null : vehicleTotalsOf(shownVehicles.value),
);
/** The vehicles were not observed at the replayed time. */
export const vehiclesUnobserved = computed(
  () => at.value !== null && vehicleReplay.value !== null && shownVehicles.value === null,
);

export function forgetList(): void {
  vehicles.value = null;
  vehicleList.value = null;
}

export function forgetVehicles(): void {
  forgetList();
  vehicleReplay.value = null;
  alerts.value = [];
  alertsLateSince.value = null;
  hasZones.value = false;
  zones.value = null;
}
