import { expect, test } from 'vitest';
import { cutAtAntimeridian, type Ring } from '../src/maps/cut-at-antimeridian.ts';
import { ground } from '../src/maps/ground.ts';

type Shape = { properties: { kind: string }; geometry: { type: string; coordinates: Ring[][] } };

test('no land is a band around the world: no edge of it goes from 180 east to 180 west, but at the south pole', () => {
  const { features } = JSON.parse(ground()) as { features: Shape[] };
  const land = features.filter(({ properties }) => properties.kind === 'land');
  const rings = land.flatMap(({ geometry }) => geometry.coordinates.flat());
  expect(rings.length).toBeGreaterThan(1000);
  const bands = rings.filter((ring) =>
    ring.some(([lon, lat], index) => lat > -80 && Math.abs(lon - (ring[index - 1]?.[0] ?? lon)) > 180),
  );
  expect(bands).toEqual([]);
  // Chukotka is on both sides of the meridian.
  for (const [west, east] of [
    [-180, -170],
    [175, 180],
  ] as const)
    expect(
      rings.some((ring) => ring.some(([lon, lat]) => lon >= west && lon <= east && lat > 65 && lat < 69)),
    ).toBe(true);
});

test('a polygon over the 180th meridian is two, with the hole in the part that has it; another stays as it is', () => {
  const square: Ring = [
    [170, 0],
    [-170, 0],
    [-170, 10],
    [170, 10],
    [170, 0],
  ];
  const hole: Ring = [
    [172, 2],
    [174, 2],
    [174, 4],
    [172, 2],
  ];
  const pieces = cutAtAntimeridian([square, hole]);
  const spans = pieces.map((rings) =>
    rings.map((ring) => [Math.min(...ring.map(([lon]) => lon)), Math.max(...ring.map(([lon]) => lon))]),
  );
  expect(spans.toSorted((left, right) => (left[0]?.[0] ?? 0) - (right[0]?.[0] ?? 0))).toEqual([
    [[-180, -170]],
    [
      [170, 180],
      [172, 174],
    ],
  ]);
  expect(pieces.flat().every((ring) => `${ring[0]}` === `${ring.at(-1)}`)).toBe(true);
  expect(cutAtAntimeridian([hole])).toEqual([[hole]]);
});
