import { expect, test } from 'vitest';
import { boxAround, holds, partsOf, readBox, touches } from './box.ts';

test.each([
  ['10,59,11,60', { west: 10, south: 59, east: 11, north: 60 }],
  ['170,-20,-170,-10', { west: 170, south: -20, east: -170, north: -10 }],
  ['170,-20,190,-10', { west: 170, south: -20, east: -170, north: -10 }],
  ['-190,-20,-170,-10', { west: 170, south: -20, east: -170, north: -10 }],
  ['350,0,370,1', { west: -10, south: 0, east: 10, north: 1 }],
  ['-180,-90,180,90', { west: -180, south: -90, east: 180, north: 90 }],
  ['-300,-90,300,90', { west: -180, south: -90, east: 180, north: 90 }],
  ['5,5,5,5', { west: 5, south: 5, east: 5, north: 5 }],
  ['-180,0,-180,1', { west: -180, south: 0, east: -180, north: 1 }],
])('%s is %j', (text, box) => {
  expect(readBox(text)).toEqual(box);
});

test.each([
  ['0,60,1,59', /south is greater than north/],
  ['0,-91,1,0', /between -90 and 90/],
  ['-600,0,1,1', /between -540 and 540/],
])('%s is refused', (text, message) => {
  expect(() => readBox(text)).toThrow(message);
});

test('a box over the antimeridian contains both sides of it, and nothing of the rest of the world', () => {
  const fiji = readBox('175,-20,-175,-15');
  expect(partsOf(fiji)).toHaveLength(2);
  for (const lon of [175, 179.9, 180, -180, -179.9, -175])
    expect(holds(fiji, { lat: -17, lon }), `${lon}`).toBe(true);
  for (const lon of [174.9, 0, -174.9]) expect(holds(fiji, { lat: -17, lon }), `${lon}`).toBe(false);
  expect(touches(fiji, [176, -18, 178, -17])).toBe(true);
  expect(touches(fiji, [10, -18, 20, -17])).toBe(false);
});

test('around a point lies everything that is so near, at the poles and at the antimeridian, too', () => {
  expect(holds(boxAround({ lat: -17, lon: 179.99 }, 5_000), { lat: -17, lon: -179.99 })).toBe(true);
  expect(holds(boxAround({ lat: 89.999, lon: 0 }, 1_000), { lat: 89.999, lon: 180 })).toBe(true);
  const oslo = boxAround({ lat: 59.91, lon: 10.75 }, 1_000);
  expect(holds(oslo, { lat: 59.91, lon: 10.766 })).toBe(true);
  expect(holds(oslo, { lat: 59.91, lon: 10.78 })).toBe(false);
});
