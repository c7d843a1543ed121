import { expect, test } from 'vitest';
import oslo from '../page/basemap/water/oslo.json' with { type: 'json' };
import { worldLakes } from './world-lakes.ts';
import { worldLand } from './world-land.ts';

const polygons = worldLand().features.flatMap(({ geometry }) => geometry.coordinates);
const lakes = worldLakes().coordinates;

/** By even and odd crossings to the east: as a flat map fills it. */
function covers(shapes: number[][][][], lon: number, lat: number): boolean {
  let crossings = 0;
  for (const ring of shapes.flat()) {
    for (let index = 1; index < ring.length; index++) {
      const [x1 = 0, y1 = 0] = ring[index - 1] ?? [];
      const [x2 = 0, y2 = 0] = ring[index] ?? [];
      if (y1 > lat !== y2 > lat && lon < x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1)) crossings++;
    }
  }
  return crossings % 2 === 1;
}

test.each([
  ['the North Sea', 3, 56, false],
  ['the Baltic', 19, 56, false],
  ['the Gulf of Bothnia', 20, 62.5, false],
  ['the Skagerrak', 9.5, 58.2, false],
  ['the Caspian Sea', 51, 42, false],
  ['the Black Sea', 34, 43, false],
  ['the Bay of Biscay', -5, 45.5, false],
  ['the Bering Strait', -169, 66, false],
  ['the Pacific at the date line', 180, 30, false],
  ['the Arctic Ocean', 0, 88, false],
  ['Norway', 9, 61, true],
  ['Sweden', 15, 60, true],
  ['Finland', 26, 63, true],
  ['Denmark', 9.2, 56, true],
  ['Iceland', -18.5, 65, true],
  ['Russia on the western side of the date line', -175, 67, true],
  ['Russia on the eastern side of it', 178, 67, true],
  ['Fiji', 178, -17.8, true],
  ['the South Pole', 10, -89, true],
  ['Kansas', -98, 38, true],
  ['Lake Superior', -88, 47.7, false],
  ['Lake Michigan', -87, 43.5, false],
  ['Lake Erie', -81, 42.2, false],
  ['Vänern', 13.3, 58.9, false],
  ['Vättern', 14.5, 58.2, false],
  ['Lake Victoria', 33, -1, false],
  ['Lake Constance', 9.4, 47.6, false],
  ['the land between Lake Huron and Lake Erie', -81.3, 43.2, true],
])('%s at %s, %s is land: %s', (_, lon, lat, land) => {
  expect(covers(polygons, lon, lat) && !covers(lakes, lon, lat)).toBe(land);
});

test('no coast runs across the world: shapes at the antimeridian end there', () => {
  const longest = polygons.flat().flatMap((ring) =>
    ring.flatMap(([lon = 0, lat = 0], index) => {
      const [before = lon] = ring[index - 1] ?? [];
      // Along the pole the whole world is one point.
      return Math.abs(lon - before) > 20 && lat > -89.9 ? [[before, lon, lat]] : [];
    }),
  );
  expect(longest).toEqual([]);
});

test.each([
  ['the fjord off Bygdøy', 10.67, 59.88, true],
  ['the fjord at Drøbak', 10.61, 59.67, true],
  ['the opera', 10.7535, 59.9068, false],
  ['Nesodden', 10.67, 59.83, false],
  ['the hills in the north', 10.7, 60.05, false],
])("on Oslo's own map %s at %s, %s is sea: %s", (_, lon, lat, sea) => {
  expect(covers(oslo.coordinates, lon, lat)).toBe(sea);
});
