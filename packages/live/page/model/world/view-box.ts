/** The visible part of a map, as its library gives it: after turning around the world, degrees exceed 180. */
export type ViewBox = { west: number; south: number; east: number; north: number };

/**
 * The width of a view in grid steps: the requested box extends beyond the view by part of a step, so that a short move
 * needs no new request.
 */
const PARTS = 4;
const LAT_MAX = 90;

/**
 * The `bbox` of a request for a view, widened to fixed grid lines: people who look at the same place make the same
 * request, and a cache can answer.
 */
export function questionOf({ west, south, east, north }: ViewBox): string {
  if (east - west >= 360) return '-180,-90,180,90';
  const step = 2 ** Math.round(Math.log2(Math.max(east - west, north - south, 0.01) / PARTS));
  const down = (degrees: number) => Math.floor(degrees / step) * step;
  const up = (degrees: number) => Math.ceil(degrees / step) * step;
  const box = [
    down(west),
    Math.max(-LAT_MAX, down(south)),
    Math.min(up(east), down(west) + 360),
    Math.min(LAT_MAX, up(north)),
  ];
  return box.map((degrees) => `${Number(degrees.toFixed(4))}`).join(',');
}

/** Whether a place is in view, on whichever side of the antimeridian the view is. */
export function isInView(
  { west, south, east, north }: ViewBox,
  { lat, lon }: { lat: number; lon: number },
): boolean {
  if (lat < south || lat > north) return false;
  return [-360, 0, 360].some((turn) => lon + turn >= west && lon + turn <= east);
}
