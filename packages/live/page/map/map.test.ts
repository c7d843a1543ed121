import { describe, expect, test } from 'vitest';
import { givenStation } from '../model/test-station.ts';
import { FramePace, SHARES } from './frames/frame-pace.ts';
import { cityAt } from './ground/basemap.ts';
import { graticule } from './ground/graticule.ts';
import { abbreviated, updatesOf } from './station-drawing.ts';
import { stationFeatures } from './station-features.ts';
import { paddingBeside } from './view/padding-beside.ts';
import { contains, middle, uncovered } from './view/uncovered.ts';

test('the area of a circle is the capacity; a closed station says so with a sign', () => {
  const { features } = stationFeatures([
    givenStation({ station_id: '1', capacity: 36 }),
    givenStation({ station_id: '2', capacity: null, num_bikes_available: 4, num_docks_available: 12 }),
    givenStation({ station_id: '3', state: 'closed' }),
    givenStation({ station_id: '4', num_bikes_available: null }),
    givenStation({ station_id: 'nowhere', lon: null }),
  ]);
  expect(features.map(({ properties }) => properties.size)).toEqual([6, 4, Math.sqrt(20), Math.sqrt(20)]);
  expect(features.map(({ properties }) => properties.share)).toEqual([0.25, 0.25, 0.25, -1]);
  expect(features.map(({ properties }) => properties.label)).toEqual(['5', '4', '×', '']);
});

test('coloured by the chance of a bike, a circle says its per cents; one without a forecast says so', () => {
  const stations = ['empty', 'ok', 'closed', 'ok'] as const;
  const { features } = stationFeatures(
    stations.map((state, at) => givenStation({ station_id: `${at}`, state })),
    new Map([
      ['0', 0.35],
      ['1', 1],
      ['2', null],
    ]),
  );
  expect(features.map(({ properties: { state, share, label } }) => [state, share, label])).toEqual([
    ['ok', 0.35, '35'],
    ['ok', 1, '99'],
    ['closed', -1, '×'],
    ['unknown', -1, '?'],
  ]);
});

test.each([
  ['the world', { west: -180, south: -85, east: 180, north: 85 }],
  ['a city', { west: 10.6, south: 59.85, east: 10.9, north: 59.97 }],
  ['a street', { west: 10.75, south: 59.91, east: 10.76, north: 59.914 }],
])('over %s lie some lines, and not too many', (_, view) => {
  const { features } = graticule(view);
  expect(features.length).toBeGreaterThanOrEqual(2);
  expect(features.length).toBeLessThanOrEqual(32);
  for (const { geometry } of features) {
    for (const [lon, lat] of geometry.coordinates) {
      expect(lon >= view.west && lon <= view.east && lat >= view.south && lat <= view.north).toBe(true);
    }
  }
});

test('lines are named by hemisphere, with no more digits than they need', () => {
  const labels = graticule({ west: -0.15, south: -0.1, east: 0.15, north: 0.1 }).features.map(
    ({ properties }) => properties.label,
  );
  expect(labels).toContain('0.10° W');
  expect(labels).toContain('0.05° N');
});

test("Oslo's water comes with the page, that of the middle of Norway does not", () => {
  expect(cityAt(10.7481, 59.9195)).toBe('oslo');
  expect(cityAt(9, 62)).toBeNull();
});

const mapOf = (...stations: ReturnType<typeof givenStation>[]) =>
  new Map(stations.map((station) => [station.station_id, station]));

test('only changed stations are drawn again, and a station without a place never', () => {
  const [one, two, three] = ['1', '2', '3'].map((station_id) => givenStation({ station_id })) as [
    ReturnType<typeof givenStation>,
    ReturnType<typeof givenStation>,
    ReturnType<typeof givenStation>,
  ];
  const nowhere = givenStation({ station_id: 'nowhere', lat: null, lon: null });
  const before = mapOf(one, two, three, nowhere);
  const changed = updatesOf(before, mapOf({ ...one, num_bikes_available: 9 }, two, three, { ...nowhere }));
  expect(changed?.map(({ id }) => id)).toEqual(['1']);
  expect(updatesOf(before, mapOf({ ...one, lat: 1 }, two, three, nowhere))).toBeNull();
  expect(updatesOf(before, mapOf(one, two, three))).toBeNull();
});

test('a heap that was added up elsewhere is written as one of the map', () => {
  expect([999, 1234, 9960, 12_345].map(abbreviated)).toEqual(['999', '1.2k', '10k', '12k']);
});

describe('a map that moves', () => {
  const move = (pace: FramePace, ms: number, frames = 6) => {
    pace.begin();
    for (let frame = 0; frame < frames; frame++) pace.frame(ms);
    pace.end();
    return pace.share;
  };

  test('keeps all its pixels where frames come in time, and where a single one is late', () => {
    const pace = new FramePace();
    expect(move(pace, 16, 100)).toBe(1);
    pace.begin();
    expect([pace.frame(120), ...Array.from({ length: 20 }, () => pace.frame(16))]).not.toContain(true);
  });

  test('has fewer the slower it is drawn, begins the next move with as many, and has more again once that is quick', () => {
    const pace = new FramePace();
    expect(move(pace, 40)).toBe(SHARES[1]);
    expect(move(pace, 25)).toBe(SHARES[1]);
    expect(move(pace, 40, 12)).toBe(SHARES[3]);
    expect(move(pace, 400, 60)).toBe(SHARES[3]);
    expect(move(pace, 10)).toBe(SHARES[2]);
  });
});

test.each([
  ['beside a legend that is high', { width: 200, height: 300 }, { left: 200, bottom: 40 }],
  ['above one that is wide', { width: 600, height: 100 }, { left: 40, bottom: 100 }],
  [
    'as far from every edge where one covers nearly all',
    { width: 600, height: 500 },
    { left: 40, bottom: 40 },
  ],
  ['as far from every edge where there is none', null, { left: 40, bottom: 40 }],
])('what is fitted stands %s', (_, covered, expected) => {
  const padding = paddingBeside(covered, { width: 800, height: 600 }, 40);
  expect(padding).toEqual({ top: 40, right: 40, ...expected });
});

test('lines beyond the antimeridian have the degrees that they have on earth', () => {
  const labels = graticule({ west: -245, south: -1, east: 245, north: 1 }).features.map(
    ({ properties }) => properties.label,
  );
  expect(labels.slice(0, 3)).toEqual(['120° E', '150° E', '180° W']);
  expect(labels.slice(-4, -1)).toEqual(['180° W', '150° W', '120° W']);
});

describe('what lies over a map leaves of it', () => {
  const map = { left: 300, top: 100, right: 900, bottom: 700 };
  const panel = { left: 540, top: 100, right: 900, bottom: 700 };
  const sheet = { left: 0, top: 300, right: 390, bottom: 844 };

  test('all, where nothing does', () => {
    expect(uncovered(map, [])).toEqual(map);
    expect(uncovered(map, [{ left: 0, top: 0, right: 900, bottom: 100 }])).toEqual(map);
  });

  test('what is beside a panel, and above the sheet of a phone', () => {
    expect(uncovered(map, [panel])).toEqual({ ...map, right: 540 });
    const ofPhone = { left: 0, top: 110, right: 390, bottom: 550 };
    expect(uncovered(ofPhone, [sheet])).toEqual({ ...ofPhone, bottom: 300 });
  });

  test('what is beside several', () => {
    const legend = { left: 314, top: 450, right: 500, bottom: 686 };
    const free = uncovered(map, [panel, legend]);
    expect(free).toEqual({ ...map, right: 540, bottom: 450 });
    expect(contains(free, middle(free), 16)).toBe(true);
    expect(contains(free, middle(panel), 0)).toBe(false);
    expect(contains(free, middle(legend), 0)).toBe(false);
  });

  test('nothing, where it lies over all: then there is no better place', () => {
    const free = uncovered(map, [map]);
    expect((free.right - free.left) * (free.bottom - free.top)).toBe(0);
  });
});
