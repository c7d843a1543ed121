import { expect, test } from 'vitest';
import { readCases, readSights } from './cases.ts';
import { evaluate } from './evaluate.ts';
import { Forecaster } from './forecaster.ts';
import { type Frame, HistoryBuilder } from './history.ts';

const STEP_SECONDS = 1200;
const CAPACITY = 12;

/** Numbers in [0, 1), the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

type City = {
  days: number;
  stations?: number;
  seed?: number;
  startAt?: number;
  spoil?: (frame: Frame, step: number) => Frame | null;
};

/** A city whose riders come by the hour: every station fills and empties at rates of its own. */
function frames({
  days,
  stations = 40,
  seed = 1,
  startAt = 1_666_569_600,
  spoil = (frame) => frame,
}: City): Frame[] {
  const random = randomFrom(seed);
  const counts = Array.from({ length: stations }, () => Math.floor(random() * CAPACITY));
  const all: Frame[] = [];
  for (let step = 0; step < (days * 86_400) / STEP_SECONDS; step += 1) {
    const hour = Math.floor((step * STEP_SECONDS) / 3600) % 24;
    const busy = hour < 5 ? 0.2 : hour >= 7 && hour < 10 ? 2 : 1;
    for (let station = 0; station < stations; station += 1) {
      const pull = station % 2 === (hour < 12 ? 0 : 1) ? 0.75 : 0.45;
      for (let ride = 0; ride < 3; ride += 1) {
        if (random() > 0.3 * busy) continue;
        const now = counts[station] as number;
        counts[station] = Math.max(0, Math.min(CAPACITY, now + (random() < pull ? -1 : 1)));
      }
    }
    const frame = {
      time: startAt + step * STEP_SECONDS,
      stations: counts.map((bikes, at) => ({
        station_id: `s${at}`,
        num_bikes_available: bikes,
        num_docks_available: CAPACITY - bikes,
      })),
    };
    const kept = spoil(frame, step);
    if (kept !== null) all.push(kept);
  }
  return all;
}

function historyOf(city: City, timezone = 'UTC') {
  const builder = new HistoryBuilder();
  for (const frame of frames(city)) builder.add(frame);
  return builder.build(timezone);
}

test('on a city with habits the model beats all three references, and is right on the whole', () => {
  for (const score of evaluate(historyOf({ days: 21 }), [60])) {
    const name = `${score.target} ${score.minutes}`;
    expect(score.basis, name).toBe('logit');
    expect(score.skill_persistence, name).toBeGreaterThan(0.15);
    expect(score.skill_damped, name).toBeGreaterThan(0.02);
    expect(score.skill_profile, name).toBeGreaterThan(0.2);
    const { forecast, observed } = score.reliability.reduce(
      (sum, bin) => ({
        forecast: sum.forecast + bin.cases * bin.forecast,
        observed: sum.observed + bin.cases * bin.observed,
      }),
      { forecast: 0, observed: 0 },
    );
    expect(Math.abs(forecast - observed) / score.pairs, name).toBeLessThan(0.02);
    const [low, high] = score.interval as [number, number];
    expect(low).toBeLessThan(score.skill_persistence as number);
    expect(high).toBeGreaterThan(score.skill_persistence as number);
  }
});

test('no forecast knows what comes after it: another future changes none', () => {
  const day = 9;
  const isLater = (step: number) => step * STEP_SECONDS >= day * 86_400;
  const told = (history: ReturnType<typeof historyOf>) => {
    const cases = readCases(readSights(history), 'bike', 40);
    const forecaster = new Forecaster(cases);
    const forecasts: number[] = [];
    for (let at = 0; at < cases.days.length; at += 1) {
      if ((cases.times[at] as number) - (history.times[0] as number) >= day * 86_400 - 2400) break;
      if (at === 0 || cases.days[at] !== cases.days[at - 1]) forecaster.beginDay(cases.days[at] as number);
      forecasts.push(forecaster.forecast(at).model);
    }
    return forecasts;
  };
  const honest = told(historyOf({ days: 12, stations: 10 }));
  const emptied = historyOf({
    days: 12,
    stations: 10,
    spoil: (frame, step) =>
      isLater(step)
        ? {
            ...frame,
            stations: [...frame.stations].map((station) => ({ ...station, num_bikes_available: 0 })),
          }
        : frame,
  });
  expect(honest.length).toBeGreaterThan(5000);
  expect(told(emptied)).toEqual(honest);
});

test('with less than a day of history what is there now stays, and that is said', () => {
  for (const score of evaluate(historyOf({ days: 0.8 }), [20])) {
    expect(score).toMatchObject({
      basis: 'persistence',
      skill_persistence: 0,
      skill_damped: 0,
      interval: null,
    });
  }
});

test('what is too short for the model is left to the table by count, so nothing is lost against it', () => {
  for (const days of [3, 4]) {
    for (const score of evaluate(historyOf({ days, stations: 20 }), [20, 60])) {
      expect(score, `${days} days`).toMatchObject({ basis: 'table', skill_damped: 0 });
    }
  }
});

test('pairs with time that nobody observed are left out', () => {
  const whole = evaluate(historyOf({ days: 6, stations: 5 }), [40]);
  const torn = evaluate(
    historyOf({ days: 6, stations: 5, spoil: (frame, step) => (step % 36 < 18 ? frame : null) }),
    [40],
  );
  expect(torn[0]?.pairs).toBeGreaterThan(0);
  expect(torn[0]?.pairs).toBeLessThan((whole[0]?.pairs as number) / 2);
});

test('a system that closes for a week, new ids, other capacities and a feed without docks end in scores, not in errors', () => {
  const scores = evaluate(
    historyOf({
      days: 14,
      stations: 8,
      spoil: (frame, step) => {
        const day = (step * STEP_SECONDS) / 86_400;
        if (day > 5 && day < 10) return null;
        const stations = [...frame.stations].map((station) => ({
          station_id: day < 8 ? station.station_id : `new-${station.station_id}`,
          num_bikes_available:
            day < 11 ? station.num_bikes_available : (station.num_bikes_available ?? 0) * 40,
          num_docks_available: null,
        }));
        return { ...frame, stations };
      },
    }),
    [20],
  );
  expect(scores.map(({ target, pairs, brier }) => [target, pairs > 0, brier === null])).toEqual([
    ['bike', true, false],
    ['dock', false, true],
  ]);
  expect(scores.every(({ skill_damped }) => skill_damped === null || Number.isFinite(skill_damped))).toBe(
    true,
  );
});

test('a history of nothing has no scores', () => {
  expect(evaluate(new HistoryBuilder().build(), [20])[0]).toMatchObject({
    pairs: 0,
    brier: null,
    skill_persistence: null,
  });
});
