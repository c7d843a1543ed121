import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STATES } from './filter.ts';
import { COLUMNS } from './sort.ts';
import { AHEAD_MINUTES, formatUrlState, LAYERS, parseUrlState, type UrlState } from './url-state.ts';
import { KINDS } from './vehicle/vehicle.ts';

const id = fc.string({ minLength: 1, maxLength: 30 });
const anyState: fc.Arbitrary<UrlState> = fc.record({
  system: fc.option(id),
  station: fc.option(id),
  of: fc.option(id),
  country: fc.option(fc.constantFrom('NO', 'FR'), { nil: null }),
  operators: fc.array(id, { maxLength: 3 }),
  view: fc.constantFrom('map', 'table', 'vehicles'),
  query: fc.string({ unit: 'grapheme' }),
  show: fc.subarray([...STATES]),
  kinds: fc.subarray([...KINDS]),
  layers: fc.subarray([...LAYERS]),
  ahead: fc.option(fc.constantFrom(...AHEAD_MINUTES)),
  sort: fc.record({ column: fc.constantFrom(...COLUMNS), descending: fc.boolean() }),
  at: fc.option(fc.integer({ min: 0, max: 4e12 })),
  hours: fc.constantFrom(24, 48),
  camera: fc.option(
    fc.record({
      zoom: fc.integer({ min: 0, max: 240 }).map((tenths) => tenths / 10),
      lat: fc.integer({ min: -900_000, max: 900_000 }).map((small) => small / 10_000),
      lon: fc.integer({ min: -1_800_000, max: 1_800_000 }).map((small) => small / 10_000),
    }),
  ),
  theme: fc.option(fc.constantFrom('light', 'dark')),
});

test('a link brings another person to exactly the same view', () => {
  fc.assert(
    fc.property(anyState, (state) => {
      // One zero: a link has no negative one.
      const camera = state.camera && {
        ...state.camera,
        lat: state.camera.lat + 0,
        lon: state.camera.lon + 0,
      };
      expect(parseUrlState(formatUrlState({ ...state, camera }))).toEqual({ ...state, camera });
    }),
  );
});

test('default values are not in the address', () => {
  expect(formatUrlState(parseUrlState(''))).toBe('');
});

test.each([
  '?view=globe&show=broken,,&sort=-colour&at=yesterday&hours=1000&map=99/1/1&theme=pink',
  '?map=a/b/c&sort=-',
  '?map=12/91/0',
])('what makes no sense in %s is as if it were not there', (search) => {
  expect(parseUrlState(search)).toEqual(parseUrlState(''));
});

test('an address can be read and written by a person', () => {
  const state = parseUrlState('?system=oslo&show=empty,full&at=2026-06-15T08:30:00Z&map=12.5/59.91/10.75');
  expect(state).toMatchObject({ show: ['empty', 'full'], at: Date.UTC(2026, 5, 15, 8, 30) });
  expect(formatUrlState(state)).toBe(
    '?system=oslo&show=empty,full&at=2026-06-15T08:30:00Z&map=12.5/59.9100/10.7500',
  );
});
