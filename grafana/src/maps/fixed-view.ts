import type { FixedView } from './map.ts';

/** The corners of the stations of a system, in degrees. */
export type Bounds = { south: number; north: number; west: number; east: number };

/** A map panel on an ordinary screen, in pixels, with some air around the stations. */
const PANEL = { width: 600, height: 420 };
/** At zoom 0 the world is so many pixels wide: Web Mercator. */
const WORLD = 256;
const ZOOM_MAX = 16;

/** Where to look to see all of it: the middle, and the closest zoom at which both sides fit. */
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

/** The place of a latitude from south to north, as a share of the world's height. */
function mercator(lat: number): number {
  return Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
}

const rounded = (value: number, per: number) => Math.round(value * per) / per;
