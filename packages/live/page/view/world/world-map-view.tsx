import { computed, effect } from '@preact/signals';
import { reloadAfterUpgrade } from '../../data/after-upgrade.ts';
import type { WorldMap } from '../../map/world/world-map.ts';
import * as state from '../../state/page-state.ts';
import { palette } from '../../state/theme.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { near } from '../../state/world/near-me.ts';
import * as world from '../../state/world/world-state.ts';
import { legendOver, overMap, useDrawnMap } from '../drawn-map.tsx';
import { describePlaced, describePlacedVehicle, describeSystem } from './describe-placed.ts';
import { goToSystem } from './system-list.tsx';
import { WorldLegend } from './world-legend.tsx';

const camera = computed(() => urlState.value.camera);

export function WorldMapView() {
  const { container, failed } = useDrawnMap(startMap);
  return (
    <section class="map-view" aria-label="Map of all systems">
      <div ref={container} class="map" data-testid="map" />
      {failed ? (
        <div class="map-notes">
          <p class="map-note">The map could not be drawn. The list has the same systems.</p>
        </div>
      ) : (
        <WorldLegend />
      )}
    </section>
  );
}

async function startMap(container: HTMLElement, signal: AbortSignal): Promise<void> {
  const { openWorldMap, openGround } = await import('../../map/open-map.ts');
  const groundOf = await openGround(signal);
  if (signal.aborted) return;
  const map = openWorldMap({
    container,
    covered: () => legendOver(container),
    over: overMap,
    camera: urlState.peek().camera,
    groundOf,
    palette: palette.peek(),
    systems: world.shownSystems.peek(),
    placeZoom: world.PLACE_ZOOM,
    onMissingFile: () => void reloadAfterUpgrade(),
    onCamera: (camera) => changeUrl({ camera }),
    onView: (view) => {
      world.view.value = view;
    },
    onSelectSystem: (systemId) => {
      const system = state.systems.peek()?.find(({ system_id }) => system_id === systemId);
      if (system !== undefined) goToSystem(system);
    },
    onSelectStation: selectStation,
    describeSystem,
    describeStation: describePlaced,
    describeVehicle: describePlacedVehicle,
  });
  const stops = follow(map);
  signal.addEventListener('abort', () => {
    for (const stop of stops) stop();
    map.destroy();
    world.view.value = null;
  });
}

function follow(map: WorldMap): (() => void)[] {
  return [
    effect(() => map.setSystems(world.shownSystems.value)),
    effect(() => map.setPalette(palette.value)),
    effect(() =>
      map.setPlace(
        { stations: world.drawnStations.value, stationHeaps: world.stationHeaps.value },
        { vehicles: world.drawnVehicles.value, vehicleHeaps: world.vehicleHeaps.value },
      ),
    ),
    effect(() => map.select(world.selectedKey.value)),
    effect(() => map.setMe(near.value)),
    effect(() => {
      const to = world.destination.value;
      if (to === null) return;
      if ('bounds' in to) map.show(to.bounds);
      else map.goTo(to);
      // A map that is opened later shows the view of its URL.
      world.destination.value = null;
    }),
    followBack(map),
  ];
}

/** The browser's "back" restores the earlier view. */
function followBack(map: WorldMap): () => void {
  const go = () => {
    if (camera.peek() !== null && world.isWorld.peek())
      map.goTo(camera.peek() as NonNullable<typeof camera.value>);
  };
  addEventListener('popstate', go);
  return () => removeEventListener('popstate', go);
}

function selectStation(key: string | null): void {
  const [of = null, station = null] = key?.split('\0') ?? [];
  changeUrl({ of, station });
}
