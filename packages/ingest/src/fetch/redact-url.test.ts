import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactText, redactUrl, secretValues } from './redact-url.ts';

const redact = (url: string, parameters: string[] = [], asked: string[] = [], values: string[] = []) =>
  redactUrl(url, { parameters, values }, asked);

describe('what is hidden', () => {
  test.each([
    ['https://bikes.example/gbfs?key=abc&x=1', 'https://bikes.example/gbfs?key=***&x=1'],
    ['https://bikes.example/gbfs?apiKey=abc', 'https://bikes.example/gbfs?apiKey=***'],
    ['https://bikes.example/gbfs?API_KEY=abc', 'https://bikes.example/gbfs?API_KEY=***'],
    [
      'https://bikes.example/gbfs?x-access-token=abc#top',
      'https://bikes.example/gbfs?x-access-token=***#top',
    ],
    ['https://bikes.example/gbfs?%6bey=abc', 'https://bikes.example/gbfs?%6bey=***'],
    ['https://bikes.example/gbfs?a=1;token=abc', 'https://bikes.example/gbfs?a=1;token=***'],
    ['https://bikes.example/gbfs?key=a=b', 'https://bikes.example/gbfs?key=***'],
    ['https://bikes.example/gbfs?key=abc&key=def', 'https://bikes.example/gbfs?key=***&key=***'],
    ['https://bikes.example/gbfs?%zz=1&key=%zz', 'https://bikes.example/gbfs?%zz=1&key=***'],
    ['https://bikes.example?key=abc', 'https://bikes.example?key=***'],
    // By its looks, whatever it is called, or without a name.
    ['https://bikes.example/gbfs?c=4f0c2a9be7d14e0f', 'https://bikes.example/gbfs?c=***'],
    ['https://bikes.example/gbfs?c=550e8400-e29b-41d4-a716-446655440000', 'https://bikes.example/gbfs?c=***'],
    ['https://bikes.example/gbfs?4f0c2a9be7d14e0f', 'https://bikes.example/gbfs?***'],
    [
      'https://bikes.example/gbfs?to=https%3A%2F%2Fb.example%2F%3Fkey%3Dabc',
      'https://bikes.example/gbfs?to=***',
    ],
    // What a redirect may bring.
    ['https://me:secret@bikes.example/gbfs', 'https://***@bikes.example/gbfs'],
  ])('the key of %s is hidden', (url, redacted) => {
    expect(redact(url)).toBe(redacted);
  });

  test('a parameter that the settings mark is hidden', () => {
    expect(redact('https://bikes.example/?City=x1&b=2', ['city'])).toBe(
      'https://bikes.example/?City=***&b=2',
    );
  });

  test('a hidden value is hidden too where a redirect repeats it under another name, in the path, or encoded', () => {
    const asked = ['https://bikes.example/gbfs?key=s3cr%2Fet'];
    expect(redact('https://b.example/s3cr%2Fet/x?ref=s3cr%2Fet&from=s3cr/et', [], asked)).toBe(
      'https://b.example/***/x?ref=***&from=***',
    );
  });

  test('a key of a header is hidden where a redirect puts it into the URL', () => {
    const values = secretValues({
      Authorization: 'Bearer abcdef',
      'X-City': 'oslo',
      'Client-Identifier': 'me-app',
    });
    expect(values).toEqual(['Bearer', 'abcdef']);
    expect(redact('https://b.example/login?next=/abcdef', [], [], values)).toBe(
      'https://b.example/login?next=/***',
    );
  });
});

test.each([
  'https://gbfs.bikes.example/oslobysykkel.no/station_status.json',
  'https://bikes.example/gbfs?lang=nb&version=2.3&t=2026-11-26T10:00:00Z&ts=1760000000000000&city=san-francisco-bay-area',
  'https://bikes.example/gbfs?',
  'https://bikes.example/gbfs?monkey=1&donkey',
])('%s stays as it is', (url) => {
  expect(redact(url)).toBe(url);
});

test('a secret is nowhere in the output, wherever it is in the query', () => {
  const secret = fc.stringMatching(/^[a-z0-9]{8,12}q$/);
  const other = fc.stringMatching(/^[A-Z]{1,5}$/);
  fc.assert(
    fc.property(secret, fc.array(fc.tuple(other, other)), fc.nat(5), (value, pairs, at) => {
      const query = new URLSearchParams(pairs);
      const pieces = [...query.entries()].map((pair) => pair.join('='));
      pieces.splice(at, 0, `api_key=${value}`);
      expect(redact(`https://b.example/?${pieces.join('&')}`)).not.toContain(value);
    }),
  );
});

test('URLs in messages of errors are hidden alike', () => {
  expect(redactText('TypeError: Invalid URL "https://b.example/?key=abc" at x')).toBe(
    'TypeError: Invalid URL "https://b.example/?key=***" at x',
  );
});
