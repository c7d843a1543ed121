import { computed, signal } from '@preact/signals';
import type { PlacedStations, PlacedVehicles } from '../../../src/api/place.ts';
import type { System } from '../../../src/api/system.ts';
import type { Vehicle } from '../../../src/api/vehicle.ts';
import type { Camera } from '../../model/url-state.ts';
import { ofCountry } from '../../model/world/country.ts';
import {
  countOperators,
  drawnStation,
  ofOperators,
  placeKey,
  placeTotals,
} from '../../model/world/placed.ts';
import { middleOf, sizeOf, worldTotals } from '../../model/world/system-place.ts';
import { isInView, questionOf, type ViewBox } from '../../model/world/view-box.ts';
import { systems } from '../page-state.ts';
import { urlState } from '../url-signal.ts';

/** From this zoom on the map shows stations and vehicles, below it whole systems. */
export const PLACE_ZOOM = 9;

/** The view of the map of the world; null while there is no map. */
export const view = signal<(ViewBox & { zoom: number }) | null>(null);
export const placeStations = signal<PlacedStations | null>(null);
export const placeVehicles = signal<PlacedVehicles | null>(null);
/** Why the place cannot be shown, in words. */
export const placeTrouble = signal<string | null>(null);
/** Where the map should go; a new object makes it go there again. */
export const destination = signal<Camera | { bounds: [number, number, number, number] } | null>(null);

const system = computed(() => urlState.value.system);
const operators = computed(() => urlState.value.operators);
const country = computed(() => urlState.value.country);

/** The start page if more than one system is recorded. */
export const isWorld = computed(() => system.value === null && (systems.value?.length ?? 0) > 1);
export const isPlace = computed(() => view.value !== null && view.value.zoom >= PLACE_ZOOM);
/** The request for the place in view; null when zoomed out. */
export const placeQuestion = computed(() =>
  isWorld.value && isPlace.value && view.value !== null ? questionOf(view.value) : null,
);

/** All systems, or those of the chosen country. */
export const shownSystems = computed<readonly System[]>(() => ofCountry(systems.value ?? [], country.value));
export const totals = computed(() => worldTotals(shownSystems.value));
/**
 * Systems whose middle is in view, the largest first. A system without a position is always listed, because nothing else shows it.
 */
export const systemsInView = computed(() => {
  const box = view.value;
  return shownSystems.value
    .filter((one) => {
      const middle = middleOf(one);
      return middle === null || box === null || isInView(box, middle);
    })
    .sort((left, right) => sizeOf(right) - sizeOf(left));
});

/** Near a border the view also contains other countries' stations. */
const isOfCountry = computed<(row: { system_id: string }) => boolean>(() => {
  if (country.value === null) return () => true;
  const ids = new Set(shownSystems.value.map(({ system_id }) => system_id));
  return ({ system_id }) => ids.has(system_id);
});
const stationsOfCountry = computed(() => (placeStations.value?.stations ?? []).filter(isOfCountry.value));
const vehiclesOfCountry = computed(() => (placeVehicles.value?.vehicles ?? []).filter(isOfCountry.value));
export const shownStations = computed(() => ofOperators(stationsOfCountry.value, operators.value));
export const shownVehicles = computed(() => ofOperators(vehiclesOfCountry.value, operators.value));
/** The systems that overlap the place. */
export const systemsHere = computed(() => (placeStations.value?.systems ?? []).filter(isOfCountry.value));
export const drawnStations = computed(() => shownStations.value.map(drawnStation));
/** Vehicles at a station are part of the station. The map has no separate look for late ones: they are drawn as unavailable. */
export const drawnVehicles = computed<readonly Vehicle[]>(() =>
  shownVehicles.value
    .filter(({ station_id }) => station_id === null)
    .map((vehicle) => (vehicle.overdue ? { ...vehicle, state: 'disabled' as const } : vehicle)),
);
export const stationHeaps = computed(() =>
  (placeStations.value?.clusters ?? []).map(({ lat, lon, stations, bikes, docks }) => ({
    lat,
    lon,
    stations,
    bikes: bikes ?? 0,
    places: (bikes ?? 0) + (docks ?? 0),
  })),
);
export const vehicleHeaps = computed(() => placeVehicles.value?.clusters ?? []);
export const operatorCounts = computed(() =>
  countOperators(stationsOfCountry.value, vehiclesOfCountry.value),
);
export const totalsOfPlace = computed(() => placeTotals(shownStations.value, shownVehicles.value));

/** The station of the panel; null while it is not in view. */
export const selectedStation = computed(() => {
  const { of: system_id, station: station_id } = urlState.value;
  if (system_id === null || station_id === null) return null;
  return (
    placeStations.value?.stations.find(
      (one) => one.system_id === system_id && one.station_id === station_id,
    ) ?? null
  );
});
export const selectedKey = computed(() => {
  const { of: system_id, station: station_id } = urlState.value;
  return system_id === null || station_id === null ? null : placeKey({ system_id, station_id });
});
