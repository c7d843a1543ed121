import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import type { GbfsSystem } from '../questions/gbfs/read-gbfs-system.ts';
import { SERVED_VERSIONS } from './gbfs-version.ts';
import { systemInformation } from './system-documents.ts';

const ajv = new Ajv();
formats.default(ajv);
const isUri = ajv.compile({ type: 'string', format: 'uri' });

test.each([
  'https://www.example.org/köln',
  'https://example.org/a b',
  'https://exämple.org/',
  'https://creativecommons.org/licenses/by/4.0/ (CC BY 4.0)',
  'https://example.org/{city}?a={b}|c^d`e"f<g>#h i',
  'https://example.org/100%',
  'https://example.org/a%20b?c=%C3%B6',
])('%s, which a feed gave as its address, is a URI in what is served', (url) => {
  const system: GbfsSystem = {
    system_id: 'city',
    name: null,
    operator: null,
    timezone: null,
    url,
    license_url: url,
    first_observed_at: null,
    is_archive: false,
    vehicle_feed: null,
    has_vehicle_types: false,
    feeds: {},
  };
  const publisher = { origin: 'https://velolog.example', contactEmail: undefined };
  for (const version of SERVED_VERSIONS) {
    const { data } = systemInformation(version, system, publisher);
    const { url: served, license_url, attribution_url = served } = data as Record<string, string>;
    for (const address of [served, license_url, attribution_url]) {
      expect(address).toBe(served);
      expect(isUri(address), address).toBe(true);
    }
  }
});
