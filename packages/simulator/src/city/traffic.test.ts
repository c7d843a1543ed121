import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCity } from './city.ts';
import { CITY_CENTRES, type CityCentre } from './city-centres.ts';
import { Traffic } from './traffic.ts';

const monday = Date.UTC(2026, 10, 23);
const oslo = CITY_CENTRES[0] as CityCentre;
const STEPS_PER_MINUTE = 6;

test('no bike appears or is lost, and no station has fewer than 0 or more than its capacity', () => {
  const cities = fc.record({
    seed: fc.string(),
    stations: fc.integer({ min: 2, max: 120 }),
    startHour: fc.integer({ min: 0, max: 23 }),
    steps: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
  });
  fc.assert(
    fc.property(cities, ({ seed, stations, startHour, steps }) => {
      const traffic = createTraffic(stations, seed, monday + startHour * 3_600_000);
      const fleet = bikesOf(traffic);
      for (const more of steps) {
        traffic.advanceTo(traffic.step + more);
        expect(bikesOf(traffic)).toBe(fleet);
        expectSoundCounts(traffic);
      }
    }),
    { numRuns: 40 },
  );
});

test('no e-bike is made or lost, and no station has more e-bikes than bikes', () => {
  const traffic = createTraffic(200, 'ebikes');
  const ebikes = () => traffic.ebikes.reduce((sum, count) => sum + count, traffic.ebikesElsewhere);
  const inAll = ebikes();
  expect(inAll).toBeGreaterThan(300);
  for (let hour = 1; hour <= 24; hour++) {
    traffic.advanceTo(hour * 60 * STEPS_PER_MINUTE);
    expect(ebikes()).toBe(inAll);
    for (const [station, count] of traffic.ebikes.entries()) {
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(traffic.bikes[station] ?? 0);
    }
  }
});

test('a busy weekday keeps every bike', () => {
  const traffic = createTraffic(300, 'day');
  const fleet = bikesOf(traffic);
  for (let hour = 1; hour <= 48; hour++) {
    traffic.advanceTo(hour * 60 * STEPS_PER_MINUTE);
    expect(bikesOf(traffic)).toBe(fleet);
    expectSoundCounts(traffic);
  }
});

test('by day 3 to 15 % of stations change in each minute, in the mean of every hour also by night', () => {
  const traffic = createTraffic(2000, 'rate');
  for (let hour = 0; hour < 24; hour++) {
    traffic.advanceTo((hour + 0.5) * 60 * STEPS_PER_MINUTE);
    const shares = Array.from({ length: 10 }, () => shareChangedInAMinute(traffic));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean, `hour ${hour}`).toBeGreaterThan(0.03);
    expect(mean, `hour ${hour}`).toBeLessThan(0.15);
    if (hour < 6 || hour > 21) continue;
    expect(Math.min(...shares), `hour ${hour}`).toBeGreaterThan(0.03);
    expect(Math.max(...shares), `hour ${hour}`).toBeLessThan(0.15);
  }
});

test('the morning fills the centre and empties the outskirts', () => {
  const traffic = createTraffic(400, 'morning', monday + 5 * 3_600_000);
  const bikesInCentre = () =>
    traffic.stations.reduce(
      (sum, { centrality }, index) => sum + (centrality > 0.35 ? (traffic.bikes[index] ?? 0) : 0),
      0,
    );
  const before = bikesInCentre();
  traffic.advanceTo(4 * 60 * STEPS_PER_MINUTE);
  expect(bikesInCentre()).toBeGreaterThan(before * 1.1);
});

test('stations are empty, full and closed now and then', () => {
  const traffic = createTraffic(2000, 'states');
  traffic.advanceTo(9 * 60 * STEPS_PER_MINUTE);
  const share = (is: (index: number) => boolean) =>
    traffic.stations.filter((_, index) => is(index)).length / traffic.stations.length;
  expect(share((index) => traffic.bikes[index] === 0)).toBeGreaterThan(0.05);
  expect(share((index) => traffic.bikes[index] === 0)).toBeLessThan(0.35);
  expect(share((index) => traffic.docksAvailable(index) === 0)).toBeGreaterThan(0.005);
  expect(share((index) => traffic.closed[index] === 1)).toBeGreaterThan(0);
});

test('the way there does not matter: one leap of time is as good as many', () => {
  const leaping = createTraffic(150, 'steps');
  const walking = createTraffic(150, 'steps');
  leaping.advanceTo(3000);
  while (walking.step < 3000) walking.advanceTo(Math.min(walking.step + 7, 3000));
  expect(leaping.bikes).toEqual(walking.bikes);
  expect(leaping.changedAtStep).toEqual(walking.changedAtStep);
});

function createTraffic(stations: number, seed: string, localStartMs = monday): Traffic {
  return new Traffic(createCity(oslo, stations, seed), seed, localStartMs);
}

function bikesOf(traffic: Traffic): number {
  const sum = (counts: Int16Array) => counts.reduce((running, count) => running + count, 0);
  return sum(traffic.bikes) + sum(traffic.disabled) + traffic.bikesUnderway;
}

function expectSoundCounts(traffic: Traffic): void {
  const unsound = traffic.stations.filter((_, index) => {
    const counts = [traffic.bikes[index], traffic.disabled[index], traffic.docksAvailable(index)];
    return counts.some((count) => count === undefined || count < 0);
  });
  expect(unsound).toEqual([]);
  expect(traffic.bikesUnderway).toBeGreaterThanOrEqual(0);
}

function shareChangedInAMinute(traffic: Traffic): number {
  const bikes = traffic.bikes.slice();
  const docks = traffic.stations.map((_, index) => traffic.docksAvailable(index));
  traffic.advanceTo(traffic.step + STEPS_PER_MINUTE);
  const changed = docks.filter(
    (before, index) => bikes[index] !== traffic.bikes[index] || before !== traffic.docksAvailable(index),
  );
  return changed.length / traffic.stations.length;
}
