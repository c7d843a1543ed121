import { expect, test } from 'vitest';
import { similarId } from './similar-id.ts';

const KNOWN = ['sim-oslo', 'oslobysykkel', 'trondheimbysykkel', 'bycyklen', 'tier_paris'];

test.each([
  ['oslobysykel', 'oslobysykkel'],
  ['Oslobysykkel', 'oslobysykkel'],
  ['sim-olso', 'sim-oslo'],
  ['oslo', 'sim-oslo'],
  ['paris', 'tier_paris'],
  ['trondheim', 'trondheimbysykkel'],
  ['nosuch', null],
  ['berlin', null],
  ['o', null],
  ['', null],
])('%s is meant as %s', (typed, meant) => {
  expect(similarId(typed, KNOWN)).toBe(meant);
});

test('the only system there is, however different, is no suggestion', () => {
  expect(similarId('nosuch', ['sim-oslo'])).toBeNull();
  expect(similarId('nosuch', [])).toBeNull();
});
