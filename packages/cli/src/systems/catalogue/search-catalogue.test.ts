import { expect, test } from 'vitest';
import { nearPoint, parsePoint } from './near-point.ts';
import { searchCatalogue, twinsOf } from './search-catalogue.ts';
import { catalogueOf } from './test-catalogue.ts';

const catalogue = catalogueOf(
  'NO,Fjord Bikes,Lillestrøm,fjord-lillestrom,https://fjord.example,https://a.example/lillestrom/gbfs.json,2.3,,,',
  'NO,Fjord Bikes,Oslo,fjord-oslo,https://fjord.example,https://a.example/oslo/gbfs.json,2.3 ; 3.0,,,',
  'NO,Nordic Wheels,Norway,nordic,https://nordic.example,https://b.example/gbfs.json,3.0,,,',
  'DE,Rheinrad,Cologne,rheinrad,https://rhein.example,https://c.example/gbfs.json,2.3,,,',
  'DE,Düsselrad,Düsseldorf,duesselrad,https://d.example,https://d.example/gbfs.json,2.3,,,',
  'FR,Vélo Deux,Cergy-Pontoise,cergy,https://v.example,https://v.example/gbfs.json,2.3,,,',
  'FR,Vélo Deux,FR,aggregated_12,https://v.example,https://all.example/12/gbfs.json,2.3,,,',
  'US,Bull City Bikes,"Durham, NC",bull,https://bull.example,https://bull.example/gbfs.json,1.1,,,',
  'US,Oyster Bikes,"Durham, NH",oyster,https://oyster.example,https://oyster.example/gbfs.json,1.1,,,',
  'US,Nowhere Bikes,"Atlantis, NC",nowhere,https://n.example,https://n.example/gbfs.json,1.1,,,',
);
const found = (text: string, country?: string) =>
  searchCatalogue(catalogue, { text, country }).map(({ id }) => id);
const near = async (point: string, text = '') => {
  const result = await nearPoint(searchCatalogue(catalogue, { text, country: undefined }), parsePoint(point));
  return { near: result.near.map(({ entry }) => entry.id), unknown: result.unknown.map(({ id }) => id) };
};

test.each([
  ['LILLESTROM', ['fjord-lillestrom']],
  ['lillestrøm fjord', ['fjord-lillestrom']],
  ['norway', ['fjord-lillestrom', 'fjord-oslo', 'nordic']],
  ['dusseldorf', ['duesselrad']],
  ['Duesseldorf', ['duesselrad']],
  ['velo deux', ['cergy', 'aggregated_12']],
  ['fjord paris', []],
])('%s finds %j', (text, ids) => {
  expect(found(text)).toEqual(ids);
});

test('a country limits a text, and alone lists all of it, in small letters, too', () => {
  expect(found('bikes', 'US')).toEqual(['bull', 'oyster', 'nowhere']);
  expect(found('', 'de')).toEqual(['rheinrad', 'duesselrad']);
});

test('one name in one country at one place is the same system listed twice; at two places it is not', () => {
  const twins = Object.fromEntries(catalogue.entries.map((entry) => [entry.id, twinsOf(entry, catalogue)]));
  expect(twins).toMatchObject({
    cergy: ['aggregated_12'],
    aggregated_12: ['cergy'],
    'fjord-oslo': [],
    bull: [],
  });
});

test('near systems come first, and those without a known place are separate', async () => {
  expect(await near('59.91,10.75')).toEqual({
    near: ['fjord-oslo', 'fjord-lillestrom'],
    unknown: ['nordic'],
  });
  expect((await near('50.94,6.96')).near).toEqual(['rheinrad', 'duesselrad']);
});

test('a state distinguishes two cities of the same name', async () => {
  expect(await near('35.99,-78.9')).toEqual({ near: ['bull'], unknown: ['nowhere'] });
  expect((await near('43.13,-70.93')).near).toEqual(['oyster']);
});

test.each(['59.9', '59.9,', 'x,y', '91,0', '0,181', '1,2,3', ''])('--near %s is wrong use', (text) => {
  expect(() => parsePoint(text)).toThrow('expected LAT,LON in degrees');
});
