import type { FitBoundsOptions, LngLatBounds, Map as MapLibreMap } from 'maplibre-gl';
import { type Bounds, boundsOf } from './station-features.ts';

type Places = Parameters<typeof boundsOf>[0];

/**
 * Shows all that has a place, until somebody moves the map. What there is comes in parts: stations before their places, and the places of
 * those that change before the others.
 */
export class FirstView {
  readonly #map: MapLibreMap;
  readonly #options: FitBoundsOptions;
  #isTaken: boolean;
  #isShown = false;
  #reach: Bounds | null = null;

  /** @param isTaken the address says where to look */
  constructor(map: MapLibreMap, options: FitBoundsOptions, isTaken: boolean) {
    this.#map = map;
    this.#options = { ...options, animate: false };
    this.#isTaken = isTaken;
    map.on('movestart', ({ originalEvent }) => {
      if (originalEvent) this.take();
    });
  }

  /** Somebody has said where to look. */
  take(): void {
    this.#isTaken = true;
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

  #show(bounds: Bounds | null): void {
    if (bounds === null) return;
    this.#isShown = true;
    this.#map.fitBounds(bounds, this.#options);
  }
}

function toBounds(view: LngLatBounds): Bounds {
  return [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
}

function contains(outer: Bounds, [west, south, east, north]: Bounds): boolean {
  return west >= outer[0] && south >= outer[1] && east <= outer[2] && north <= outer[3];
}
