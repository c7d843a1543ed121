import {
  type FitBoundsOptions,
  LngLat,
  type LngLatBounds,
  type LngLatLike,
  type Map as MapLibreMap,
} from 'maplibre-gl';
import { type Bounds, boundsOf } from '../station-features.ts';
import { paddingBeside, type Size } from './padding-beside.ts';

type FitOptions = Omit<FitBoundsOptions, 'padding'> & { padding: number };
type Places = Parameters<typeof boundsOf>[0];

/**
 * Shows everything that has a position, until the user moves the map. Data arrives in parts: stations before their
 * positions, and the positions of changed stations before the others.
 */
export class FirstView {
  readonly #map: MapLibreMap;
  readonly #options: FitOptions;
  readonly #covered: () => Size | null;
  #isTaken: boolean;
  #isShown = false;
  #reach: Bounds | null = null;

  /**
   * @param isTaken whether the URL gives a view
   * @param covered the size of what covers the bottom left corner
   */
  constructor(map: MapLibreMap, options: FitOptions, isTaken: boolean, covered: () => Size | null) {
    this.#map = map;
    this.#options = { ...options, animate: false };
    this.#covered = covered;
    this.#isTaken = isTaken;
    map.on('movestart', ({ originalEvent }) => {
      if (originalEvent) this.take();
    });
  }

  /** The user has chosen a view. */
  take(): void {
    this.#isTaken = true;
  }

  /** Shows everything of another choice, and what arrives later, until the user moves the map. */
  begin(reach: Bounds): void {
    this.#isTaken = false;
    this.#reach = reach;
    this.#show(reach);
  }

  /** Shows the places if nothing was shown before. */
  showOnce(places: Places): void {
    if (!this.#isTaken && !this.#isShown) this.#show(boundsOf(places));
  }

  /**
   * @param reach the bounds of everything, before the filter: when the filter shows more again, the map does not move
   */
  show(places: Places, reach: Bounds | null): void {
    if (this.#isTaken || reach === null) return;
    const before = this.#reach;
    if (before !== null && contains(before, reach)) return;
    const bounds = boundsOf(places);
    if (bounds === null) return;
    this.#reach = reach;
    if (before === null || !contains(toBounds(this.#map.getBounds()), reach)) this.#show(bounds);
  }

  /** Shows the whole bounds beside what covers the map. */
  fit(bounds: Bounds): void {
    const { padding, ...options } = this.#options;
    const { width, height } = this.#map.getContainer().getBoundingClientRect();
    const beside = { ...options, padding: paddingBeside(this.#covered(), { width, height }, padding) };
    const camera = this.#map.cameraForBounds(bounds, beside);
    const zoom = worldZoom(width);
    if (camera?.zoom === undefined || camera.zoom >= zoom) return void this.#map.fitBounds(bounds, beside);
    const [west, , east] = bounds;
    const { lat } = LngLat.convert(camera.center as LngLatLike);
    this.#map.jumpTo({ center: [(west + east) / 2, lat], zoom });
  }

  #show(bounds: Bounds | null): void {
    if (bounds === null) return;
    this.#isShown = true;
    this.fit(bounds);
  }
}

/**
 * The zoom at which the world is as wide as the map. Farther away, the world and everything on it would be drawn twice.
 */
function worldZoom(width: number): number {
  return Math.log2(width / 512);
}

function toBounds(view: LngLatBounds): Bounds {
  return [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
}

function contains(outer: Bounds, [west, south, east, north]: Bounds): boolean {
  return west >= outer[0] && south >= outer[1] && east <= outer[2] && north <= outer[3];
}
