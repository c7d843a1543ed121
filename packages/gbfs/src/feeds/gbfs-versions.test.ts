import { expect, test } from 'vitest';
import { decodeGbfsVersions } from './gbfs-versions.ts';

test('1.1 to 3.1: versions and their addresses, in the order of the feed', () => {
  const versions = [
    { version: '2.3', url: 'https://example.com/2.3/gbfs' },
    { version: '3.1-RC3', url: 'https://example.com/3.1/gbfs' },
  ];
  expect(decodeGbfsVersions({ last_updated: '2023-11-14T22:13:20Z', data: { versions } })).toEqual({
    rows: versions,
    version: null,
    last_updated: 1_700_000_000,
    ttl: null,
    skipped: {},
    coerced: {},
  });
});

test('a version that is a number is text', () => {
  const { rows } = decodeGbfsVersions({
    data: { versions: [{ version: 2.1, url: 'https://example.com/' }] },
  });
  expect(rows).toEqual([{ version: '2.1', url: 'https://example.com/' }]);
});

test('a relative address is resolved where the own address is known, else skipped', () => {
  const document = { data: { versions: [{ version: '3.0', url: '/3/gbfs' }] } };
  expect(decodeGbfsVersions(document, 'https://example.com/2/gbfs_versions').rows).toEqual([
    { version: '3.0', url: 'https://example.com/3/gbfs' },
  ]);
  expect(decodeGbfsVersions(document)).toMatchObject({ rows: [], skipped: { url_unusable: 1 } });
});

test('bad rows are skipped by reason', () => {
  const versions = [null, { url: 'https://example.com' }, { version: '2.0', url: 'file:///etc/passwd' }];
  expect(decodeGbfsVersions({ data: { versions } })).toMatchObject({
    rows: [],
    skipped: { not_an_object: 1, version_missing: 1, url_unusable: 1 },
  });
});

test('a body without list of versions is refused (1.0 had no such feed)', () => {
  expect(() => decodeGbfsVersions({ data: {} })).toThrow('Cannot decode body: it has no list "versions"');
});
