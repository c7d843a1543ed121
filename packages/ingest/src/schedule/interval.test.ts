import { expect, test } from 'vitest';
import { intervalSeconds, retrySeconds, withJitter } from './interval.ts';

const settings = { floorSeconds: 10, staticSeconds: 3600 };
const status = { name: 'station_status', ttlSeconds: 15, overrideSeconds: undefined };

test.each([
  ['its ttl', { ...status, ttlSeconds: 15 }, 15],
  ['the floor when ttl is 0', { ...status, ttlSeconds: 0 }, 10],
  ['the floor when ttl is unknown', { ...status, ttlSeconds: null }, 10],
  ['a day when ttl is a year', { ...status, ttlSeconds: 31_536_000 }, 86_400],
  ['an override below ttl and floor', { ...status, overrideSeconds: 5 }, 5],
  ['an override above ttl', { ...status, overrideSeconds: 300 }, 300],
])('station_status is polled at %s', (_, feed, seconds) => {
  expect(intervalSeconds(feed, settings)).toBe(seconds);
});

test.each(['gbfs', 'station_information', 'system_information'])(
  '%s is polled hourly whatever ttl and override say, or more rarely by its ttl',
  (name) => {
    expect(intervalSeconds({ name, ttlSeconds: 15, overrideSeconds: 5 }, settings)).toBe(3600);
    expect(intervalSeconds({ name, ttlSeconds: 7200, overrideSeconds: 5 }, settings)).toBe(7200);
  },
);

test('jitter never polls before the interval is over, and at most 5 % after it', () => {
  expect(withJitter(60, () => 0)).toBe(60);
  expect(withJitter(60, () => 1)).toBe(63);
});

test.each([
  ['station_status after its ttl', { ...status, ttlSeconds: 300 }, 300],
  ['station_status after the floor', { ...status, ttlSeconds: 0 }, 10],
  ['station_status after its ttl, whatever a shorter override says', { ...status, overrideSeconds: 5 }, 15],
  ['station_status after a longer override', { ...status, overrideSeconds: 600 }, 600],
  ['discovery after a minute: the hour is our own choice', { ...status, name: 'gbfs' }, 48],
  ['discovery after its ttl', { ...status, name: 'gbfs', ttlSeconds: 7200 }, 7200],
  ['station_information after a minute', { ...status, name: 'station_information', ttlSeconds: null }, 48],
])('a failed poll of %s is repeated', (_, feed, seconds) => {
  expect(retrySeconds(feed, settings)).toBe(seconds);
});
