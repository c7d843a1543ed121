import { expect, test } from 'vitest';
import { filterStations } from './filter.ts';
import { givenStation } from './test-station.ts';
import { totalsOf } from './totals.ts';

const stations = [
  givenStation({ station_id: '1', name: 'Grünerløkka Øst' }),
  givenStation({ station_id: '2', name: 'Østbanehallen', state: 'empty', num_bikes_available: 0 }),
  givenStation({ station_id: '377', name: null, state: 'absent', num_bikes_available: 9 }),
  givenStation({
    station_id: '5',
    name: 'Quay',
    state: 'unknown',
    num_bikes_available: null,
    num_docks_available: null,
  }),
  givenStation({ station_id: '4', name: 'Plac Łódzki', state: 'closed', num_bikes_available: null }),
];
const ids = (query: string, show: Parameters<typeof filterStations>[1]['show'] = []) =>
  filterStations(stations, { query, show }).map(({ station_id }) => station_id);

test.each([
  ['', ['1', '2', '377', '5', '4']],
  ['grunerlokka', ['1']],
  ['ØST grün', ['1']],
  ['lodzki', ['4']],
  ['  377 ', ['377']],
  ['nowhere', []],
])('a search for "%s" finds %j, whatever letters the keyboard has', (query, found) => {
  expect(ids(query)).toEqual(found);
});

test('chips add up, and go together with the search', () => {
  expect(ids('', ['empty', 'absent'])).toEqual(['2', '377']);
  expect(ids('ost', ['empty'])).toEqual(['2']);
  expect(ids('', ['unknown'])).toEqual(['5']);
});

test('totals leave out absent stations, and treat unknown values as unknown, never as 0', () => {
  expect(totalsOf(stations)).toEqual({
    stations: 4,
    bikes: 5,
    ebikes: null,
    docks: 45,
    empty: 1,
    full: 0,
    closed: 2,
    unknown: 1,
  });
  expect(totalsOf(stations.slice(4)).bikes).toBeNull();
});
