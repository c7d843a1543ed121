/** Degrees between two lines, from far away to near: about a hundred pixels apart on a screen. */
const STEPS_DEGREES = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005];
const LINES_MAX = 24;

type Box = { west: number; south: number; east: number; north: number };
type Line = {
  type: 'Feature';
  properties: { label: string };
  geometry: { type: 'LineString'; coordinates: [number, number][] };
};

/** Lines of latitude and longitude over a view: on a map without streets they show the scale. */
export function graticule(view: Box): { type: 'FeatureCollection'; features: Line[] } {
  const width = view.east - view.west;
  const step = STEPS_DEGREES.findLast((degrees) => width / degrees <= 8) ?? STEPS_DEGREES[0] ?? 30;
  const features = [
    ...ticks(view.west, view.east, step).map((lon) =>
      line(label(onEarth(lon), step, 'E', 'W'), [lon, view.south], [lon, view.north]),
    ),
    ...ticks(view.south, view.north, step).map((lat) =>
      line(label(lat, step, 'N', 'S'), [view.west, lat], [view.east, lat]),
    ),
  ];
  return { type: 'FeatureCollection', features };
}

function ticks(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.min(LINES_MAX, Math.floor(to / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    Number(((first + index) * step).toFixed(3)),
  );
}

/** A map wider than the world has longitudes beyond 180 degrees. */
function onEarth(lon: number): number {
  return lon - 360 * Math.round(lon / 360);
}

function line(label: string, from: [number, number], to: [number, number]): Line {
  return {
    type: 'Feature',
    properties: { label },
    geometry: { type: 'LineString', coordinates: [from, to] },
  };
}

function label(degrees: number, step: number, positive: string, negative: string): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)));
  return `${Math.abs(degrees).toFixed(decimals)}° ${degrees < 0 ? negative : positive}`;
}
