import { isSystemId } from '@velolog/gbfs/values/system-id';
import { expect, test } from 'vitest';
import { parseCatalogue } from './catalogue.ts';

const HEAD =
  'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Supported Versions,Authentication Info URL,Authentication Type,Authentication Parameter Name';
const parse = (...rows: string[]) => parseCatalogue([HEAD, ...rows].join('\n'));

test('a row is read as it is meant', () => {
  const { entries } = parse(
    'no,"Fjord, Bikes",Oslo,fjord,https://f.example,https://f.example/gbfs.json,2.3 ; 3.0,,0,',
  );
  expect(entries).toEqual([
    {
      id: 'fjord',
      listed_id: 'fjord',
      name: 'Fjord, Bikes',
      location: 'Oslo',
      country: 'NO',
      url: 'https://f.example',
      discovery_url: 'https://f.example/gbfs.json',
      versions: ['2.3', '3.0'],
      authentication: null,
    },
  ]);
});

test('an id listed twice is distinguished by its host, whatever the order of rows', () => {
  const one = 'FR,A,X,twice,,https://one.example/gbfs.json,,,,';
  const other = 'FR,B,X,twice,,https://two.example/gbfs.json,,,,';
  const ids = (...rows: string[]) => parse(...rows).entries.map(({ id, name }) => [id, name]);
  expect(ids(one, other)).toEqual([
    ['twice@one.example', 'A'],
    ['twice@two.example', 'B'],
  ]);
  expect(Object.fromEntries(ids(other, one))).toEqual(Object.fromEntries(ids(one, other)));
});

test('ids with spaces and other letters become keys; the listed one is kept', () => {
  const { entries } = parse(
    'US,A,X,spin los angeles,,https://a.example/gbfs.json,,,,',
    'ES,B,X,bici-gijón,,https://b.example/gbfs.json,,,,',
  );
  expect(entries.map(({ id, listed_id }) => [id, listed_id])).toEqual([
    ['spin_los_angeles', 'spin los angeles'],
    ['bici-gijon', 'bici-gijón'],
  ]);
  expect(entries.every(({ id }) => isSystemId(id))).toBe(true);
});

test('the requirements of a system for its clients are shown', () => {
  const { entries } = parse(
    'DE,A,X,a,,https://a.example/gbfs.json,,https://a.example/keys,2,Client-Id|Api-Key',
    'DE,B,X,b,,https://b.example/gbfs.json,,,1,key',
  );
  expect(entries.map(({ authentication }) => authentication)).toEqual([
    { kind: 'header', names: ['Client-Id', 'Api-Key'], info_url: 'https://a.example/keys' },
    { kind: 'url', names: ['key'], info_url: null },
  ]);
});

test('rows without an id or a usable URL are counted, and the others stand', () => {
  const { entries, skipped } = parse(
    'DE,A,X,,,https://a.example/gbfs.json,,,,',
    'DE,B,X,b,,ftp://b.example/gbfs.json,,,,',
    'DE,C,X,c,,https://me:secret@c.example/gbfs.json,,,,',
    'DE,D,X,d,,https://d.example/gbfs.json,,,,',
  );
  expect([entries.map(({ id }) => id), skipped]).toEqual([['d'], 3]);
});
