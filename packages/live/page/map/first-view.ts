import type { FitBoundsOptions, LngLatBounds, Map as MapLibreMap } from 'maplibre-gl';
import { paddingBeside, type Size } from './padding-beside.ts';
import { type Bounds, boundsOf } from './station-features.ts';

type FitOptions = Omit<FitBoundsOptions, 'padding'> & { padding: number };
type Places = Parameters<typeof boundsOf>[0];

/**
 * Shows all that has a place, until somebody moves the map. What there is comes in parts: stations before their places, and the places of
 * those that change before the others.
 */
export class FirstView {
  readonly #map: MapLibreMap;
  readonly #options: FitOptions;
  readonly #covered: () => Size | null;
  #isTaken: boolean;
  #isShown = false;
  #reach: Bounds | null = null;

  /**
   * @param isTaken the address says where to look
   * @param covered the corner below on the left that something lies over, from the edges of the map
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

  /** Somebody has said where to look. */
  take(): void {
    this.#isTaken = true;
  }

  /** Shows all of another choice, and what comes of it later, until somebody moves the map. */
  begin(reach: Bounds): void {
    this.#isTaken = false;
    this.#reach = reach;
    this.#show(reach);
  }

  /** Shows it where nothing else was shown before. */
  showOnce(places: Places): void {
    if (!this.#isTaken && !this.#isShown) this.#show(boundsOf(places));
  }

  /** @param reach all there is, of which the filter may leave less: what it gives back moves no map */
  show(places: Places, reach: Bounds | null): void {
    if (this.#isTaken || reach === null) return;
    const before = this.#reach;
    if (before !== null && contains(before, reach)) return;
    const bounds = boundsOf(places);
    if (bounds === null) return;
    this.#reach = reach;
    if (before === null || !contains(toBounds(this.#map.getBounds()), reach)) this.#show(bounds);
  }

  /** Shows all of it, beside what lies over the map. */
  fit(bounds: Bounds): void {
    const { padding, ...options } = this.#options;
    const { width, height } = this.#map.getContainer().getBoundingClientRect();
    this.#map.fitBounds(bounds, {
      ...options,
      padding: paddingBeside(this.#covered(), { width, height }, padding),
    });
  }

  #show(bounds: Bounds | null): void {
    if (bounds === null) return;
    this.#isShown = true;
    this.fit(bounds);
  }
}

function toBounds(view: LngLatBounds): Bounds {
  return [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
}

function contains(outer: Bounds, [west, south, east, north]: Bounds): boolean {
  return west >= outer[0] && south >= outer[1] && east <= outer[2] && north <= outer[3];
}
