import { expect, test } from 'vitest';
import { toCsv, toGeoJson } from './export.ts';
import { givenStation } from './test-station.ts';

test('CSV quotes where needed, leaves unknown values empty, and contains no formula', () => {
  const [head, ...rows] = toCsv([
    givenStation({ station_id: '1', name: 'Ring "2", North', num_bikes_available: null }),
    givenStation({ station_id: '2', name: '=HYPERLINK("x")' }),
  ]).split('\r\n');
  expect(head).toMatch(/^station_id,name,lat,lon,capacity,num_bikes_available/);
  expect(rows[0]).toMatch(/^1,"Ring ""2"", North",59.91,10.75,20,,15,/);
  expect(rows[1]).toMatch(/^2,"'=HYPERLINK\(""x""\)",/);
});

test('CSV keeps an id or a name that is a number with a sign, as the CSV of the API does', () => {
  const ids = ['-5', '+1', '-0.5', '-5+1', '+A1', '@7'];
  const rows = toCsv(ids.map((station_id) => givenStation({ station_id, name: station_id })))
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((row) => row.split(',').slice(0, 2));
  const safe = ['-5', '+1', '-0.5', "'-5+1", "'+A1", "'@7"];
  expect(rows).toEqual(safe.map((text) => [text, text]));
});

test('GeoJSON has a point for each station that has a place, and no name that the feed did not give', () => {
  const stations = [
    givenStation({ station_id: '1' }),
    givenStation({ station_id: '2', lat: null }),
    givenStation({ station_id: '-3', name: 'Ring' }),
  ];
  expect(toGeoJson(stations)).toMatchObject({
    type: 'FeatureCollection',
    features: [
      {
        id: '1',
        geometry: { type: 'Point', coordinates: [10.75, 59.91] },
        properties: { station_id: '1', name: null, state: 'ok', num_bikes_available: 5 },
      },
      { id: '-3', properties: { station_id: '-3', name: 'Ring' } },
    ],
  });
});

test('an unobserved station has no state and no counts in a file; one without counts is unknown', () => {
  const gone = { num_bikes_available: null, num_docks_available: null, state_since: null, observed_at: null };
  const stations = [
    givenStation({ station_id: '1', ...gone, state: 'unobserved' }),
    givenStation({ station_id: '2', ...gone, state: 'unknown' }),
  ];
  const lines = toCsv(stations).split('\r\n');
  expect(lines[1]).toBe('1,,59.91,10.75,20,,,0,0,,,');
  expect(lines[2]).toBe('2,,59.91,10.75,20,,,0,0,unknown,,');
  expect(toGeoJson(stations)).toMatchObject({
    features: [{ properties: { state: null } }, { properties: { state: 'unknown' } }],
  });
});
