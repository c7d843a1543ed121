import { expect, test } from 'vitest';
import type { Tally } from '../tally.ts';
import { readRentalUris } from './web-url.ts';

test.each([
  [{ web: 'https://example.org/a' }, { web: 'https://example.org/a', android: null, ios: null }, {}],
  [
    { ios: 'nextbike://x', android: 'https://a.example' },
    { web: null, android: 'https://a.example', ios: 'nextbike://x' },
    {},
  ],
  [{ web: 'nextbike://x' }, null, { url_unusable: 1 }],
  [
    { web: ' javascript:alert(1)', ios: 'java\nscript:alert(1)', android: 'data:text/html,x' },
    null,
    { url_unusable: 3 },
  ],
  [{ android: 'intent://x#Intent;scheme=https;end', ios: 42, web: 'not a url' }, null, { url_unusable: 3 }],
  [{ web: '', ios: null }, null, {}],
  [`x`, null, {}],
  [{ web: `https://example.org/${'a'.repeat(3_000)}` }, null, { url_unusable: 1 }],
])('rental_uris %j are %j, and what is no link is counted', (told, expected, counted) => {
  const coerced: Tally = {};
  expect(readRentalUris(told, coerced)).toEqual(expected);
  expect(coerced).toEqual(counted);
});
