import { expect, test } from 'vitest';
import { JudgedDay } from './judged-day.ts';
import { trustIn } from './trust.ts';

type Made = {
  forecasts: number;
  comesTrue: number;
  stations?: number;
  probability?: number;
  damped?: number;
};

/** A day of so many forecasts, one of each station unless there are fewer stations: the table says .5, the model .8, and such a share of them comes true. */
function day(
  at: number,
  { forecasts, comesTrue, stations = forecasts, probability = 0.8, damped = 0.5 }: Made,
): JudgedDay {
  const judged = new JudgedDay(at);
  for (let made = 0; made < forecasts; made += 1) {
    const outcome = made < comesTrue * forecasts ? 1 : 0;
    const station = Math.floor((made * stations) / forecasts);
    judged.add({ station, logOdds: 1.4, probability, damped, outcome, standsFor: 1 }, at);
  }
  return judged;
}

const days = (count: number, made: Made) => Array.from({ length: count }, (_, at) => day(at, made));

test('a model that was right for ten days is taken nearly as it is, one that was half right nearly half of the way', () => {
  expect(trustIn(days(10, { forecasts: 1000, comesTrue: 0.8 }))).toBeGreaterThan(0.8);
  const half = trustIn(days(10, { forecasts: 1000, comesTrue: 0.65 }));
  expect(half).toBeGreaterThan(0.4);
  expect(half).toBeLessThan(0.5);
});

test('one that was no better than the table, or is known from a single day or a few forecasts, is not trusted', () => {
  expect(trustIn(days(10, { forecasts: 1000, comesTrue: 0.5 }))).toBe(0);
  expect(trustIn(days(10, { forecasts: 1000, comesTrue: 0.3 }))).toBe(0);
  expect(trustIn(days(1, { forecasts: 1000, comesTrue: 0.8 }))).toBe(0);
  expect(trustIn(days(2, { forecasts: 4, comesTrue: 0.75 }))).toBeLessThan(0.25);
  expect(trustIn([])).toBe(0);
});

test('a few days say less than many, however many forecasts they have: the next day may differ from them', () => {
  const [few, more, many] = [2, 4, 10].map((count) =>
    trustIn(days(count, { forecasts: 10_000, comesTrue: 0.8 })),
  ) as [number, number, number];
  expect(few).toBeLessThan(0.7);
  expect(more).toBeGreaterThan(few);
  expect(many).toBeGreaterThan(more);
});

test('many forecasts of one station say less than one each of many stations', () => {
  const made = { forecasts: 40, comesTrue: 0.75 };
  expect(trustIn(days(4, { ...made, stations: 4 }))).toBeLessThan(trustIn(days(4, made)) - 0.02);
});

test('a model of rare outcomes is trusted by its own errors, which are small, and not as if each were a coin tossed', () => {
  const rare = { forecasts: 1000, comesTrue: 0.98, probability: 0.98, damped: 0.95 };
  expect(trustIn(days(10, rare))).toBeGreaterThan(0.6);
});

test('crowded days do not drown quiet ones after them on which the model was wrong', () => {
  const quiet = days(3, { forecasts: 40, comesTrue: 0.4 });
  const summed = (800 * 0.3 * 0.3 - 120 * 0.1 * 0.3) / (920 * 0.3 * 0.3);
  expect(trustIn([day(0, { forecasts: 800, comesTrue: 0.8 }), ...quiet])).toBeLessThan(summed - 0.15);
});

test('what came of a forecast after midnight is judged when that day is over', () => {
  const late = day(0, { forecasts: 0, comesTrue: 0 });
  late.add({ station: 0, logOdds: 1, probability: 0.8, damped: 0.5, outcome: 1, standsFor: 1 }, 1);
  expect(late.apart).toBe(0);
  late.end();
  expect(late.apart).toBeCloseTo(0.09, 9);
  expect(late.stations.get(0)?.apart).toBeCloseTo(0.09, 9);
  late.end();
  expect(late.apart).toBeCloseTo(0.09, 9);
});
