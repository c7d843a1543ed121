/** What a map shows, as its library tells it: turned around the world, degrees go on beyond 180. */
export type ViewBox = { west: number; south: number; east: number; north: number };

/** Parts that a view is wide: what is asked for reaches so much farther that a short move asks for nothing new. */
const PARTS = 4;
const LAT_MAX = 90;

/**
 * The `bbox` of a question for a view, widened to lines that stay where they are: people who look at the same place ask the same, and a cache
 * can answer.
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

/** Whether a place is in view, from whichever side of the antimeridian it is looked at. */
export function isInView(
  { west, south, east, north }: ViewBox,
  { lat, lon }: { lat: number; lon: number },
): boolean {
  if (lat < south || lat > north) return false;
  return [-360, 0, 360].some((turn) => lon + turn >= west && lon + turn <= east);
}
