import {
  AttributionControl,
  type GeoJSONSource,
  type Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
} from 'maplibre-gl';
import type { Camera } from '../model/url-state.ts';
import { keepFramesSteady, SteadyMap } from './frames/steady-frames.ts';
import { GRATICULE_SOURCE } from './ground/basemap.ts';
import { graticule } from './ground/graticule.ts';
import { drawForPrint } from './printed-map.ts';
import type { Size } from './view/padding-beside.ts';
import type { Box } from './view/uncovered.ts';

export type BaseMapOptions = {
  container: HTMLElement;
  camera: Camera | null;
  onCamera: (camera: Camera) => void;
  /** The size of what covers the map's bottom left corner; null when nothing does. */
  covered: () => Size | null;
  /** Everything that covers the map, in screen coordinates: a chosen place is shown beside it. */
  over: () => Box[];
  /** Called when a file of the ground could not be fetched. */
  onMissingFile: () => void;
};

/** A flat map that points north, with its controls and lines of latitude and longitude. */
export function openBaseMap(options: BaseMapOptions, style: StyleSpecification): MapLibreMap {
  const { container, camera } = options;
  const map = new SteadyMap({
    container,
    style,
    ...(camera === null
      ? { center: [10, 50], zoom: 3 }
      : { center: [camera.lon, camera.lat], zoom: camera.zoom }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 100,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
  map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
  listen(map, options);
  keepFramesSteady(map);
  drawForPrint(map);
  return map;
}

function listen(map: MapLibreMap, { onCamera, onMissingFile }: BaseMapOptions): void {
  map.once('style.load', () => drawGraticule(map));
  map.on('error', ({ error }) => {
    if ((error as { status?: number }).status === 404) onMissingFile();
    else console.warn('The map:', error);
  });
  map.on('moveend', (event) => {
    drawGraticule(map);
    // The page's own moves do not change the URL.
    if (event.originalEvent) onCamera(cameraOf(map));
  });
}

export function cameraOf(map: MapLibreMap): Camera {
  const { lat, lng } = map.getCenter().wrap();
  return { lat, lon: lng, zoom: map.getZoom() };
}

export function drawGraticule(map: MapLibreMap): void {
  const bounds = map.getBounds();
  void map.getSource<GeoJSONSource>(GRATICULE_SOURCE)?.setData(
    graticule({
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    }),
  );
}
