import type { Map as MapLibreMap } from 'maplibre-gl';
import { type Box, contains, middle, uncovered } from './uncovered.ts';

/** A circle has a size, and its position is its middle. */
const MARGIN_PX = 16;

/**
 * Moves a map so that a place is visible beside what covers the map. If it is already visible, the map does not move.
 *
 * @param zoomMin for a place that was out of view
 * @param over what covers the map or other parts of the screen
 * @returns whether the map moved
 */
export function reveal(
  map: MapLibreMap,
  place: [lon: number, lat: number],
  { zoomMin, over }: { zoomMin: number; over: readonly Box[] },
): boolean {
  const container = map.getContainer();
  // The panel beside a wide map may have just taken some of its room.
  if (map.getCanvas().clientWidth !== container.clientWidth) map.resize();
  const whole = container.getBoundingClientRect();
  const onScreen = {
    left: Math.max(0, whole.left),
    top: Math.max(0, whole.top),
    right: Math.min(innerWidth, whole.right),
    bottom: Math.min(innerHeight, whole.bottom),
  };
  // A map that is scrolled out of view shows nothing, wherever it looks.
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
