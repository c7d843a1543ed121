import { givenStation as station } from '../history/given-station.ts';
import { HOUR, place, places } from '../workers/quality-store.ts';
import type { GivenPoll } from '../workers/test-store.ts';
import { END_SECOND, type FlagCases, type Given } from './flag-cases.ts';

const feed = 'station_information';

const inform =
  (stations: object[], second = 0): Given =>
  (store, system) =>
    store.inform(system, second, stations);

const goodPlaces = inform(places(25), END_SECOND);

/** `count` stations, of which the first `differ` have other values. */
const first = (differ: number, count: number, more: object) =>
  places(count, (index) => (index < differ ? more : {}));

/** Pairs of stations, the given kilometres apart and far from all other pairs. */
const pairs = (...kms: number[]) =>
  kms.flatMap((km, pair) =>
    [0, km / 111.2].map((north, index) => ({
      station_id: `${pair}-${index}`,
      name: 'Station',
      lat: 10 + pair / 2 + north,
      lon: 10,
    })),
  );

/** The corners of a box from one degree south to one degree north, where a degree of longitude is also 111.2 km. */
const box = (degreesWide: number) =>
  places(4, (index) => ({ lat: index % 2 === 0 ? -1 : 1, lon: 10 + (index < 2 ? 0 : degreesWide) }));

/** How a flag ends when station_information no longer lists some of the stations, and says of the others what it said. */
const dropped = (stations: object[], { keep }: { keep: [from: number, to?: number] }) => ({
  'no longer listed': { above: inform(stations), end: inform(stations.slice(...keep), END_SECOND) },
});

const roomFor10 =
  (bikes: number, docks: number, capacity = 10): Given =>
  async (store, system) => {
    await store.inform(system, 0, [place(1, { capacity })]);
    await store.poll(system, 0, [
      station('1', bikes, docks, { num_bikes_disabled: 1, num_docks_disabled: 1 }),
    ]);
  };

/** A station at that latitude, and one in another system that is the same, or nearly so. */
const alsoIn =
  (lat: number, differs: object, more: Partial<GivenPoll> = {}): Given =>
  async (store, system) => {
    await store.inform(system, 0, [place(3, { station_id: 'same', lat })]);
    await store.record({
      system_id: `another than ${system}`,
      feed,
      second: 0,
      body: { data: { stations: [place(3, { station_id: 'same', lat, ...differs })] } },
      ...more,
    });
  };

/** What station_information says about one station, or about all of them. */
export const INFORMATION_FLAGS: FlagCases[] = [
  {
    flag: 'over_capacity',
    feed: 'station_status',
    below: { 'all 10': roomFor10(5, 3), 'a capacity of 0': roomFor10(5, 3, 0) },
    above: roomFor10(5, 4),
    end: (store, system) => store.poll(system, END_SECOND, [station('1', 5, 5)]),
    otherEnds: {
      'no longer listed': {
        above: roomFor10(5, 4),
        end: async (store, system) => {
          await store.inform(system, END_SECOND, [place(2)]);
          await store.poll(system, END_SECOND, [station('1', 5, 4)]);
        },
      },
    },
  },
  {
    flag: 'capacity_absent',
    feed,
    below: {
      '9 of 20': inform(first(9, 20, { capacity: undefined })),
      'all of 19': inform(first(19, 19, { capacity: undefined })),
    },
    above: inform(first(10, 20, { capacity: undefined })),
    end: goodPlaces,
    otherEnds: dropped(first(10, 20, { capacity: undefined }), { keep: [1] }),
  },
  {
    flag: 'capacity_placeholder',
    feed,
    below: {
      'one of 20 has another': inform(places(20, (index) => ({ capacity: index === 0 ? 11 : 10 }))),
      '19 stations': inform(first(19, 19, { capacity: 10 })),
    },
    above: inform(first(20, 20, { capacity: 10 })),
    end: goodPlaces,
    otherEnds: dropped(first(20, 20, { capacity: 10 }), { keep: [1] }),
  },
  {
    flag: 'capacity_zero',
    feed,
    below: {
      '1 of 101': inform(first(1, 101, { capacity: 0 })),
      'all of 19': inform(first(19, 19, { capacity: 0 })),
    },
    above: inform(first(1, 100, { capacity: 0 })),
    end: goodPlaces,
    otherEnds: dropped(first(1, 100, { capacity: 0 }), { keep: [1] }),
  },
  {
    flag: 'null_island_or_swapped',
    way: 'null island',
    feed,
    below: {
      'latitude of 0.01': inform(first(1, 6, { lat: 0.01, lon: 0.0099 })),
      'longitude of 0.01': inform(first(1, 6, { lat: -0.0099, lon: -0.01 })),
    },
    above: inform(first(1, 6, { lat: 0.0099, lon: -0.0099 })),
    end: goodPlaces,
    otherEnds: dropped(first(1, 6, { lat: 0.0099, lon: -0.0099 }), { keep: [1] }),
  },
  // A decoder may take 0, 0 for no place at all: the flag must survive that.
  ...[
    { way: 'exactly 0, 0', bad: { lat: 0, lon: 0 }, good: { lat: 0, lon: 10 } },
    {
      way: 'exchanged where that is not on earth',
      bad: { lat: 139.7, lon: 35.6 },
      good: { lat: 90, lon: 180 },
    },
  ].map(({ way, bad, good }) => ({
    flag: 'null_island_or_swapped',
    way,
    feed,
    below: { 'a place on earth': inform(first(1, 6, good)) },
    above: inform(first(1, 6, bad)),
    end: goodPlaces,
    otherEnds: dropped(first(1, 6, bad), { keep: [1] }),
  })),
  {
    flag: 'null_island_or_swapped',
    way: 'swapped',
    feed,
    below: {
      'outside of the system either way': inform(first(1, 6, { lat: 10.7, lon: 59.97 })),
      'within the system either way': inform(
        places(6, (index) => ({ lat: 10 + index / 100, lon: 10.05 - index / 100 })),
      ),
      'one of 4 stations': inform(first(1, 4, { lat: 10.7, lon: 59.9 })),
    },
    above: inform(first(1, 5, { lat: 10.7, lon: 59.9 })),
    end: goodPlaces,
    otherEnds: dropped(first(1, 5, { lat: 10.7, lon: 59.9 }), { keep: [1] }),
  },
  {
    flag: 'outlier_place',
    way: 'further than 1 km',
    feed,
    below: {
      '990 m': inform(pairs(0.1, 0.1, 0.1, 0.99)),
      'four stations': inform([place(1), place(2), place(3), place(4, { lat: 60.9 })]),
    },
    above: inform(pairs(0.1, 0.1, 0.1, 1.01)),
    end: inform(pairs(0.1, 0.1, 0.1, 0.1), END_SECOND),
    otherEnds: dropped(pairs(0.1, 0.1, 0.1, 1.01), { keep: [0, -2] }),
  },
  {
    flag: 'outlier_place',
    way: 'further than the median and three deviations',
    feed,
    // Distances to the nearest: the median is 2.2 km, and its median deviation 200 m.
    below: { '2.79 km': inform(pairs(2, 2, 2.2, 2.4, 2.4, 2.79)) },
    above: inform(pairs(2, 2, 2.2, 2.4, 2.4, 2.81)),
    end: inform(pairs(2, 2, 2.2, 2.4, 2.4, 2.4), END_SECOND),
    otherEnds: dropped(pairs(2, 2, 2.2, 2.4, 2.4, 2.81), { keep: [0, -2] }),
  },
  {
    flag: 'oversized_system',
    feed,
    below: { '49,958 km²': inform(box(2.02)) },
    above: inform(box(2.023)),
    end: goodPlaces,
    otherEnds: dropped(box(2.023), { keep: [0, 2] }),
  },
  {
    flag: 'duplicate_id',
    way: 'in another system',
    feed,
    below: {
      'the same id 10 m away': alsoIn(48, { lat: 48.0001 }),
      'another id at the same place': alsoIn(47, { station_id: 'differs' }),
      'of an archive': alsoIn(46, {}, { imported: true }),
      'read 26 hours before': alsoIn(40, {}, { second: -26 * HOUR }),
    },
    above: alsoIn(45, {}, { second: -26 * HOUR + 1 }),
    end: inform([place(3, { station_id: 'same', lat: 44 })], END_SECOND),
    otherEnds: {
      'the other system is no longer read': {
        above: alsoIn(41, {}),
        end: inform([place(3, { station_id: 'same', lat: 41 })], END_SECOND),
      },
      'no longer listed': {
        above: alsoIn(43, {}),
        end: inform([place(3, { station_id: 'next', lat: 43 })], END_SECOND),
      },
      'no longer listed by the other system': {
        above: alsoIn(42, {}),
        end: async (store, system) => {
          await store.inform(`another than ${system}`, END_SECOND, [
            place(3, { station_id: 'next', lat: 42 }),
          ]);
          await store.inform(system, END_SECOND, [place(3, { station_id: 'same', lat: 42 })]);
        },
      },
    },
  },
];
