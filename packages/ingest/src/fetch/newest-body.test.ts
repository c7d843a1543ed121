import { expect, test } from 'vitest';
import { compareAge, type NewestBody } from './newest-body.ts';

const MINUTE = 60_000;

/** Whether a 304 may mean each of these bodies: [minute, last_updated]. */
function mayMean(bodies: [number, number | null][]): boolean[] {
  let newest: NewestBody | null = null;
  return bodies.map(([minute, lastUpdated]) => {
    const compared = compareAge(newest, lastUpdated, minute * MINUTE);
    newest = compared.newest;
    return !compared.isOlder;
  });
}

test('a 304 does not confirm a body older than the newest', () => {
  expect(
    mayMean([
      [0, 100],
      [1, 99],
      [2, 100],
      [3, 101],
    ]),
  ).toEqual([true, false, true, true]);
});

test('nor is the first one after hours in which nothing came: the store compares with the newest all the same', () => {
  expect(
    mayMean([
      [0, 4000],
      [180, 400],
      [181, 460],
      [200, 1000],
    ]),
  ).toEqual([true, false, false, false]);
});

test('after an hour of nothing else the publisher has corrected its clock', () => {
  expect(
    mayMean([
      [0, 4000],
      [10, 400],
      [60, 3000],
      [70, 3600],
      [71, 3500],
    ]),
  ).toEqual([true, false, false, true, false]);
});

test('a newer body in between restarts the hour, and one without a stamp proves nothing', () => {
  expect(
    mayMean([
      [0, 4000],
      [10, 400],
      [50, 4001],
      [71, 500],
      [120, null],
      [130, 600],
      [131, 700],
    ]),
  ).toEqual([true, false, true, false, true, false, true]);
});
