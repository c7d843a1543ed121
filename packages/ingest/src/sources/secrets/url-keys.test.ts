import { expect, test } from 'vitest';
import { urlKeys, withKeys, withoutKeys } from './url-keys.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it is to be written
const [REFERENCE, OTHER] = ['${MY_KEY}', '${OTHER}'];

test('a URL loses its keys and nothing else', () => {
  const cases = [
    [`https://a.example/gbfs.json?key=${REFERENCE}`, 'https://a.example/gbfs.json'],
    [`https://a.example/gbfs.json?city=1&key=${REFERENCE}`, 'https://a.example/gbfs.json?city=1'],
    [`https://a.example/gbfs.json?key=${REFERENCE}&city=1`, 'https://a.example/gbfs.json?city=1'],
    [`https://a.example/g?a=1&key=${REFERENCE}&b=2#part`, 'https://a.example/g?a=1&b=2#part'],
    [`https://a.example/g?key=${REFERENCE}&id=${OTHER}`, 'https://a.example/g'],
    // Part of a value, or of the path, it says which system it is.
    [`https://a.example/g?city=x${REFERENCE}`, `https://a.example/g?city=x${REFERENCE}`],
    [`https://a.example/${REFERENCE}/g`, `https://a.example/${REFERENCE}/g`],
    ['https://a.example/g?city=1', 'https://a.example/g?city=1'],
  ];
  for (const [url = '', plain] of cases) expect(withoutKeys(url), url).toBe(plain);
});

test('a value written to a URL is read from it again', () => {
  const keys = [
    { parameter: 'api key', reference: REFERENCE ?? '' },
    { parameter: 'id', reference: OTHER ?? '' },
  ];
  for (const url of [
    'https://a.example/g',
    'https://a.example/g?city=1',
    'https://a.example/g?city=1#part',
  ]) {
    const keyed = withKeys(url, keys);
    expect(urlKeys(keyed).map(({ reference }) => reference)).toEqual([REFERENCE, OTHER]);
    expect(withoutKeys(keyed)).toBe(url);
    expect(withKeys(url, [])).toBe(url);
  }
});
