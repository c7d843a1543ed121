import type { Map as MapLibreMap } from 'maplibre-gl';
import type { StationDrawing } from '../station-drawing.ts';
import { markStation } from '../station-layers.ts';
import type { FirstView } from './first-view.ts';
import { reveal } from './reveal.ts';
import type { Box } from './uncovered.ts';

export type ChosenStationOptions = {
  map: MapLibreMap;
  stations: StationDrawing;
  firstView: FirstView;
  /** Everything that covers the map, in screen coordinates. */
  over: () => Box[];
  /** The zoom for a station that was out of view. */
  zoomMin: () => number;
};

/** The station that the user chose: marked on the map, and shown once beside the panel that opens over it. */
export class ChosenStation {
  readonly #options: ChosenStationOptions;
  #key: string | null = null;
  #isToReveal = false;
  #frame = 0;

  constructor(options: ChosenStationOptions) {
    this.#options = options;
  }

  choose(key: string | null): void {
    if (key !== this.#key) this.#isToReveal = key !== null;
    this.#key = key;
    this.mark();
    this.reveal();
  }

  /** Call it whenever the map has a new style. */
  mark(): void {
    markStation(this.#options.map, this.#key);
  }

  /** Call it whenever there are other stations: after the page opens by a link the position is known late. From then on only the user moves the map. */
  reveal(): void {
    const { map, stations, firstView, over, zoomMin } = this.#options;
    const station = this.#key === null ? undefined : stations.shown.get(this.#key);
    if (!this.#isToReveal || station?.lat == null || station.lon == null) return;
    this.#isToReveal = false;
    const place: [number, number] = [station.lon, station.lat];
    this.stop();
    // A panel that opens over the map is present in the next frame.
    this.#frame = requestAnimationFrame(() => {
      if (reveal(map, place, { zoomMin: zoomMin(), over: over() })) firstView.take();
    });
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }
}
