import { LAKE_VERSION } from '@velolog/worker/lake-manifest';
import { expect, test } from 'vitest';
import { readMarkers } from './iceberg-markers.ts';

test('a table of a newer version, or of somebody else, is refused with what to do', () => {
  const read = (version?: string) =>
    readMarkers('station_status', version === undefined ? {} : { 'velolog.version': version });
  expect(read(String(LAKE_VERSION))).toEqual([]);
  expect(() => read(String(LAKE_VERSION + 1))).toThrow(/station_status.*newer Velolog.*: update Velolog/);
  expect(() => read()).toThrow(/station_status.*not made by Velolog: choose another LAKE_WAREHOUSE/);
  expect(() => read('theirs')).toThrow(/not made by Velolog/);
});
