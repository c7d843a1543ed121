import type { FixedView } from './map.ts';

/** The bounding box of a system's stations, in degrees. */
export type Bounds = { south: number; north: number; west: number; east: number };

/** Size of a map panel on an ordinary screen in pixels, less a margin around the stations. */
const PANEL = { width: 600, height: 420 };
/** Width of the world at zoom 0 in pixels (Web Mercator). */
const WORLD = 256;
const ZOOM_MAX = 16;

/** The view that shows the whole box: its centre, and the largest zoom at which width and height fit. */
export function viewOf({ south, north, west, east }: Bounds): FixedView {
  const width = (east - west) / 360;
  const height = mercator(north) - mercator(south);
  const zoom = Math.log2(
    Math.min(PANEL.width / (WORLD * Math.max(width, 1e-9)), PANEL.height / (WORLD * Math.max(height, 1e-9))),
  );
  return {
    lat: rounded((south + north) / 2, 1e4),
    lon: rounded((west + east) / 2, 1e4),
    zoom: rounded(Math.min(zoom, ZOOM_MAX), 10),
  };
}

/** The position of a latitude from south to north, as a share of the world's height. */
function mercator(lat: number): number {
  return Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
}

const rounded = (value: number, per: number) => Math.round(value * per) / per;
