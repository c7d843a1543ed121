import { expect, test } from 'vitest';
import { type Column, sortStations } from './sort.ts';
import { givenStation } from './test-station.ts';

const stations = [
  givenStation({ station_id: 'a', name: 'Ring 10', num_bikes_available: 3, state: 'ok' }),
  givenStation({ station_id: 'b', name: 'Ring 9', num_bikes_available: null, state: 'closed' }),
  givenStation({ station_id: 'c', name: 'ring 2', num_bikes_available: 12, state: 'full' }),
  givenStation({ station_id: 'd', name: 'Ring 30', num_bikes_available: 3, state: 'empty' }),
];
const order = (column: Column, descending = false) =>
  sortStations(stations, { column, descending })
    .map(({ station_id }) => station_id)
    .join('');

test('names are sorted as people count: Ring 9 before Ring 10', () => {
  expect(order('name')).toBe('cbad');
  expect(order('name', true)).toBe('dabc');
});

test('unknown values come last in both directions, and equals stay in the order of names', () => {
  expect(order('bikes')).toBe('adcb');
  expect(order('bikes', true)).toBe('cadb');
});

test('by state, unusable ones come first', () => {
  expect(order('state')).toBe('bdca');
});
