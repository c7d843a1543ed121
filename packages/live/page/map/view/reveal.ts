import type { Map as MapLibreMap } from 'maplibre-gl';
import { type Box, contains, middle, uncovered } from './uncovered.ts';

/** A circle has a size, and its place is in its middle. */
const MARGIN_PX = 16;

/**
 * Moves a map so that a place on it is seen beside what lies over the map. One that is seen already moves nothing.
 *
 * @param zoomMin of a place that was out of view
 * @param over what lies over the map, or over a part of the screen
 * @returns whether it moved
 */
export function reveal(
  map: MapLibreMap,
  place: [lon: number, lat: number],
  { zoomMin, over }: { zoomMin: number; over: readonly Box[] },
): boolean {
  const container = map.getContainer();
  // The panel beside a wide map has just taken some of its room.
  if (map.getCanvas().clientWidth !== container.clientWidth) map.resize();
  const whole = container.getBoundingClientRect();
  const onScreen = {
    left: Math.max(0, whole.left),
    top: Math.max(0, whole.top),
    right: Math.min(innerWidth, whole.right),
    bottom: Math.min(innerHeight, whole.bottom),
  };
  // A map that is scrolled away shows nothing, wherever it looks.
  const all = onScreen.right > onScreen.left && onScreen.bottom > onScreen.top ? onScreen : whole;
  const beside = uncovered(all, over);
  const isTooSmall = Math.min(beside.right - beside.left, beside.bottom - beside.top) < 4 * MARGIN_PX;
  const free = isTooSmall ? all : beside;
  const { x, y } = map.project(place);
  if (contains(free, [whole.left + x, whole.top + y], MARGIN_PX)) return false;
  const isInView = map.getBounds().contains(place);
  const [[freeX, freeY], [wholeX, wholeY]] = [middle(free), middle(whole)];
  map.easeTo({
    center: place,
    zoom: isInView ? map.getZoom() : Math.max(map.getZoom(), zoomMin),
    offset: [freeX - wholeX, freeY - wholeY],
  });
  return true;
}
