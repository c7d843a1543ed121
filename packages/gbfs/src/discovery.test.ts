import { describe, expect, test } from 'vitest';
import { decodeDiscovery } from './discovery.ts';

const URL_OF_DISCOVERY = 'https://example.com/gbfs/gbfs.json';
const STATUS = { name: 'station_status', url: 'https://example.com/gbfs/en/station_status.json' };
const INFORMATION = {
  name: 'station_information',
  url: 'https://example.com/gbfs/en/station_information.json',
};

function decode(data: unknown, languages?: string[], url = URL_OF_DISCOVERY) {
  return decodeDiscovery({ last_updated: 1_700_000_000, ttl: 60, data }, url, languages);
}

describe('differences between the versions of GBFS', () => {
  test('1.0 to 2.3: feeds are listed by language', () => {
    expect(decode({ en: { feeds: [STATUS, INFORMATION] } })).toMatchObject({
      rows: [STATUS, INFORMATION],
      skipped: {},
      coerced: {},
    });
  });

  test('3.0: feeds are one list without language', () => {
    expect(decode({ feeds: [STATUS, INFORMATION] })).toMatchObject({
      rows: [STATUS, INFORMATION],
      coerced: {},
    });
  });

  const inLanguage = (language: string) => ({
    feeds: [{ name: 'station_status', url: `https://example.com/${language}` }],
  });
  test.each([
    ['no wish: the first', undefined, 'nb'],
    ['an exact wish', ['en'], 'en'],
    ['1.1: a wish with a region', ['fr-CA'], 'fr-CA'],
    ['a wish without the region', ['fr'], 'fr-CA'],
    ['a wish for another region', ['en-US'], 'en'],
    ['a wish nobody meets: the first', ['ja'], 'nb'],
  ])('one of several languages is read, %s', (_claim, wanted, expected) => {
    const data = { nb: inLanguage('nb'), 'fr-CA': inLanguage('fr-CA'), en: inLanguage('en') };
    expect(decode(data, wanted).rows).toEqual([
      { name: 'station_status', url: `https://example.com/${expected}` },
    ]);
  });
});

describe('defects in real feeds', () => {
  test('gbfs.json that lists itself is left out of the feeds (OTP#5889)', () => {
    const { rows, skipped } = decode({ en: { feeds: [{ name: 'gbfs', url: URL_OF_DISCOVERY }, STATUS] } });
    expect([rows, skipped]).toEqual([[STATUS], { gbfs_itself: 1 }]);
  });

  test.each([
    ['station_status.json', 'https://example.com/gbfs/station_status.json'],
    ['/v2/station_status', 'https://example.com/v2/station_status'],
    ['../station_status', 'https://example.com/station_status'],
  ])('the relative URL %s is resolved (lamassu#238)', (url, expected) => {
    const { rows, coerced } = decode({ feeds: [{ name: 'station_status', url }] });
    expect([rows, coerced]).toEqual([[{ name: 'station_status', url: expected }], { url_relative: 1 }]);
  });

  test('http inside https discovery becomes https (pybikes force_https)', () => {
    const { rows, coerced } = decode({
      feeds: [{ name: 'station_status', url: 'http://example.com/s?key=1' }],
    });
    expect(rows).toEqual([{ name: 'station_status', url: 'https://example.com/s?key=1' }]);
    expect(coerced).toEqual({ url_upgraded_to_https: 1 });
  });

  test.each([
    ['inside http discovery', 'http://example.com/s', 'http://example.com/gbfs.json'],
    ['on a port of its own', 'http://example.com:8080/s', URL_OF_DISCOVERY],
  ])('http stays http %s', (_claim, url, discoveryUrl) => {
    const { rows, coerced } = decode({ feeds: [{ name: 'station_status', url }] }, [], discoveryUrl);
    expect([rows, coerced]).toEqual([[{ name: 'station_status', url }], {}]);
  });

  test('a feed that only another language lists is added from there', () => {
    const { rows, coerced } = decode({ nb: { feeds: [STATUS] }, en: { feeds: [STATUS, INFORMATION] } });
    expect([rows, coerced]).toEqual([[STATUS, INFORMATION], { feed_of_other_language: 1 }]);
  });

  test('of a feed listed twice the last counts', () => {
    const { rows, skipped } = decode({ feeds: [{ ...STATUS, url: 'https://example.com/old' }, STATUS] });
    expect([rows, skipped]).toEqual([[STATUS], { duplicate: 1 }]);
  });

  test('a name with the ending of a file is the name of the feed', () => {
    const { rows, coerced } = decode({ feeds: [{ ...STATUS, name: 'station_status.json' }] });
    expect([rows, coerced]).toEqual([[STATUS], { feed_name_suffix: 1 }]);
  });

  test('bad entries are skipped by reason, the others are kept', () => {
    const bad = [
      7,
      { url: 'https://example.com' },
      { name: 'a', url: '' },
      { name: 'b', url: 'file:///etc/passwd' },
      { name: 'c d', url: 'https://example.com' },
    ];
    const { rows, skipped } = decode({ feeds: [...bad, STATUS] });
    expect([rows, skipped]).toEqual([
      [STATUS],
      { not_an_object: 1, name_missing: 1, name_unusable: 1, url_unusable: 2 },
    ]);
  });

  test('an empty list of feeds is a list (lamassu#495)', () => {
    expect(decode({ feeds: [] }).rows).toEqual([]);
    expect(decode({ en: { feeds: [] } }).rows).toEqual([]);
  });

  test.each([
    ['null', null],
    ['a language without feeds', { en: {} }],
    ['feeds that is an object', { feeds: {} }],
    ['another feed', { stations: [] }],
  ])('data that is %s is refused', (_claim, data) => {
    expect(() => decode(data)).toThrow('Cannot decode body: it has no list "feeds"');
  });
});
