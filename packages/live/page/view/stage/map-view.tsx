import { computed, effect } from '@preact/signals';
import type { Vehicle } from '../../../src/api/vehicle.ts';
import { reloadAfterUpgrade } from '../../data/after-upgrade.ts';
import { boundsOf } from '../../map/station-features.ts';
import type { StationMap } from '../../map/station-map.ts';
import { formatCount, formatDuration, plural, secondsSince } from '../../model/format.ts';
import { outlookText } from '../../model/outlook.ts';
import { nameOf } from '../../model/station.ts';
import { formatRange, isLow, nameOfVehicle } from '../../model/vehicle/vehicle.ts';
import { aheadMinutes, chances, forecasts } from '../../state/keep-forecast.ts';
import * as state from '../../state/page-state.ts';
import { palette } from '../../state/theme.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import * as vehicleState from '../../state/vehicle-state.ts';
import { legendOver, overMap, useDrawnMap } from '../drawn-map.tsx';
import { STATE_NAMES } from '../panel/state-mark.tsx';
import { VEHICLE_STATE_NAMES } from '../panel/vehicle-mark.tsx';
import { Legend } from './legend.tsx';

const station = computed(() => urlState.value.station);
const layers = computed(() => urlState.value.layers);
const reach = computed(() => boundsOf(state.stations.value.values()));

/** The map. Its library is by far the largest part of the page, so it is fetched after everything else is shown. */
export function MapView() {
  const { container, failed } = useDrawnMap(startMap);
  return (
    <section class="map-view" aria-label="Map of stations and vehicles">
      <div ref={container} class="map" data-testid="map" />
      {!failed && <Legend />}
      <MapNotes failed={failed} />
    </section>
  );
}

/** What the map cannot show, and what on it is not of the shown moment. */
function MapNotes({ failed }: { failed: boolean }) {
  const zonesOf = layers.value.includes('zones') ? state.zonesLateSince.value : null;
  return (
    <div class="map-notes">
      {failed && <p class="map-note">The map could not be drawn. The table shows the same stations.</p>}
      {state.loaded.value && state.stations.value.size === 0 && !vehicleState.hasVehicles.value && (
        <p class="map-note">{state.nothingSeen.value}</p>
      )}
      {state.areVehiclesStale.value && !state.isOfVehiclesOnly.value && (
        <p class="map-note" role="status">
          The list of vehicles is old: they may have gone.
        </p>
      )}
      {vehicleState.vehiclesUnobserved.value && !state.isOfVehiclesOnly.value && (
        <p class="map-note">The vehicles were not observed at this time.</p>
      )}
      {zonesOf !== null && (
        <p class="map-note" role="status">
          The zones are those of {state.clock.value.day(new Date(zonesOf))}: their feed is late.
        </p>
      )}
    </div>
  );
}

async function startMap(container: HTMLElement, signal: AbortSignal): Promise<void> {
  const { openMap, openGround } = await import('../../map/open-map.ts');
  const [groundOf] = await Promise.all([openGround(signal), systemIsKnown(signal)]);
  if (signal.aborted) return;
  const look = () => ({
    palette: palette.value,
    stale: state.isStale.value,
    vehiclesStale: state.areVehiclesStale.value,
    basemap: groundOf(state.system.value?.bounds ?? null, palette.value),
  });
  let map: StationMap | null = null;
  const stops = [
    effect(() => {
      const next = look();
      if (map !== null) return map.setStyle(next);
      map = openMap({
        ...next,
        container,
        covered: () => legendOver(container),
        over: overMap,
        camera: urlState.peek().camera,
        onSelect: (station) => changeUrl({ station }),
        onCamera: (camera) => changeUrl({ camera }),
        describe,
        describeVehicle,
        onMissingFile: () => void reloadAfterUpgrade(),
      });
    }),
    effect(() => map?.setChances(chances.value)),
    effect(() => map?.setStations(state.filteredStations.value, reach.value)),
    effect(() => map?.setVehicles(vehicleState.drawnVehicles.value)),
    effect(() => map?.setZones(layers.value.includes('zones') ? vehicleState.zones.value : null)),
    effect(() => map?.select(station.value)),
  ];
  signal.addEventListener('abort', () => {
    for (const end of stops) end();
    map?.destroy();
  });
}

/** The system's location decides which ground to draw; drawing the map twice would delay it. */
function systemIsKnown(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (state.systems.value !== null) resolve();
    });
    signal.addEventListener('abort', () => resolve(stop()), { once: true });
  });
}

function describe(stationId: string): HTMLElement | null {
  const station = state.shownStations.peek().get(stationId);
  if (station === undefined) return null;
  const box = document.createElement('div');
  const name = document.createElement('strong');
  name.textContent = nameOf(station);
  const { num_bikes_available: bikes, num_docks_available: docks } = station;
  const counts = document.createElement('span');
  const ebikes = station.num_ebikes_available;
  const electric = ebikes === null ? '' : ` (${formatCount(ebikes)} electric)`;
  counts.textContent = `${plural(bikes, 'bike')}${electric} · ${plural(docks, 'dock')} · ${STATE_NAMES[station.state].toLowerCase()}`;
  box.append(name, counts);
  const minutes = aheadMinutes.peek();
  const told = forecasts.peek()?.get(stationId);
  if (minutes !== null && told !== undefined) {
    const chance = document.createElement('span');
    chance.textContent = outlookText(told, minutes);
    box.append(chance);
  }
  return box;
}

/** A vehicle has no id and no link of its own; a click on it leads to the operator. */
function describeVehicle(vehicle: Vehicle, chosen: boolean): HTMLElement {
  const box = document.createElement('div');
  const name = document.createElement('strong');
  name.textContent = nameOfVehicle(vehicle);
  const facts = document.createElement('span');
  const seconds = secondsSince(vehicle.since, state.vehiclesKnownUntilMs.peek());
  const range =
    vehicle.range_meters === null
      ? []
      : [`${formatRange(vehicle.range_meters)}${isLow(vehicle) ? ', low' : ''}`];
  const since =
    seconds === null ? [] : [`here for ${vehicle.since_seen ? '' : 'at least '}${formatDuration(seconds)}`];
  facts.textContent = [VEHICLE_STATE_NAMES[vehicle.state].toLowerCase(), ...range, ...since].join(' · ');
  box.append(name, facts);
  const url = state.system.peek()?.url;
  if (chosen && url) {
    const link = document.createElement('a');
    link.href = url;
    link.rel = 'noreferrer';
    link.textContent = 'to the operator';
    box.append(link);
  }
  return box;
}
