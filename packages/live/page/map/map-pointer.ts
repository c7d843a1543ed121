import {
  type GeoJSONSource,
  type MapGeoJSONFeature,
  type Map as MapLibreMap,
  type MapMouseEvent,
  Popup,
} from 'maplibre-gl';

export type PointerOptions = {
  /** Layers of things that can be described and chosen, and layers of clusters, which open. */
  things: readonly string[];
  heaps: readonly string[];
  /** The content of the popup while the pointer is over a thing. */
  describe: (thing: MapGeoJSONFeature) => HTMLElement | null;
  /** Called with null when the ground was chosen. Its result is shown beside the thing. */
  choose: (thing: MapGeoJSONFeature | null) => HTMLElement | null;
};

/** A cluster from the server does not say at which zoom it splits. */
const HEAP_ZOOM_STEP = 2;

/** Handles mouse and touch on the map: pointing at things, choosing them, and opening clusters. */
export class MapPointer {
  readonly #map: MapLibreMap;
  readonly #options: PointerOptions;
  readonly #hover = new Popup({ closeButton: false, closeOnClick: false, offset: 14, className: 'hover' });
  readonly #card = new Popup({ closeButton: true, offset: 14, className: 'card', focusAfterOpen: false });

  constructor(map: MapLibreMap, options: PointerOptions) {
    this.#map = map;
    this.#options = options;
    map.on('click', (event) => this.#click(event));
    for (const layer of options.things) {
      map.on('mousemove', layer, (event) => this.#showHover(event.features?.[0]));
      map.on('mouseleave', layer, () => this.#showHover(undefined));
    }
    for (const layer of options.heaps) {
      map.on('mouseenter', layer, () => this.#point(true));
      map.on('mouseleave', layer, () => this.#point(false));
    }
  }

  /** Hides the popups, because what they describe may be gone. */
  hide(): void {
    this.#hover.remove();
    this.#card.remove();
  }

  #click({ point }: MapMouseEvent): void {
    const { things, heaps, choose } = this.#options;
    const layers = [...things, ...heaps].filter((layer) => this.#map.getLayer(layer) !== undefined);
    const [hit] = this.#map.queryRenderedFeatures(point, { layers });
    if (hit !== undefined && heaps.includes(hit.layer.id)) return void this.#openHeap(hit);
    const card = choose(hit ?? null);
    if (card === null || hit?.geometry.type !== 'Point') return;
    this.#hover.remove();
    this.#card
      .setLngLat(hit.geometry.coordinates as [number, number])
      .setDOMContent(card)
      .addTo(this.#map);
  }

  async #openHeap(heap: MapGeoJSONFeature): Promise<void> {
    const source = this.#map.getSource<GeoJSONSource>(heap.source);
    if (source === undefined || heap.geometry.type !== 'Point') return;
    const id = heap.properties.cluster_id;
    const zoom =
      id === undefined
        ? this.#map.getZoom() + HEAP_ZOOM_STEP
        : await source.getClusterExpansionZoom(Number(id));
    // Marked as a move by the user, so that the URL follows.
    this.#map.easeTo(
      { center: heap.geometry.coordinates as [number, number], zoom },
      { originalEvent: new Event('click') },
    );
  }

  #showHover(feature: MapGeoJSONFeature | undefined): void {
    this.#point(feature !== undefined);
    const content = feature && this.#options.describe(feature);
    if (!content || feature.geometry.type !== 'Point') return void this.#hover.remove();
    this.#hover
      .setLngLat(feature.geometry.coordinates as [number, number])
      .setDOMContent(content)
      .addTo(this.#map);
  }

  #point(over: boolean): void {
    this.#map.getCanvas().style.cursor = over ? 'pointer' : '';
  }
}
