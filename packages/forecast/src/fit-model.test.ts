import { expect, test } from 'vitest';
import { logit, probabilityOf } from './algebra/logistic.ts';
import { COUNT_BUCKETS, countBucket, readCases, readSights } from './cases.ts';
import { BENDS_AT } from './correction.ts';
import { fitSystem, type Model } from './fit-model.ts';
import { Forecaster, JUDGED_DAYS } from './forecaster.ts';
import { type History, historyOf } from './history.ts';

const CAPACITY = 12;

/** Bikes that come and go by the hour, at stations of different habits; the same at each call. */
function city({
  days,
  stations,
  stepSeconds,
}: {
  days: number;
  stations: number;
  stepSeconds: number;
}): History {
  const times = Float64Array.from(
    { length: (days * 86_400) / stepSeconds },
    (_, frame) => 1_781_481_600 + frame * stepSeconds,
  );
  const bikes = new Int16Array(times.length * stations);
  const docks = new Int16Array(times.length * stations);
  let random = 7;
  const next = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random / 4_294_967_296;
  };
  const counts = Array.from({ length: stations }, () => Math.floor(next() * CAPACITY));
  times.forEach((time, frame) => {
    const hour = Math.floor(time / 3600) % 24;
    for (let station = 0; station < stations; station += 1) {
      const pull = station % 2 === (hour < 12 ? 0 : 1) ? 0.7 : 0.4;
      if (next() < (hour < 6 ? 0.1 : 0.5))
        counts[station] = Math.max(
          0,
          Math.min(CAPACITY, (counts[station] as number) + (next() < pull ? -1 : 1)),
        );
      bikes[frame * stations + station] = counts[station] as number;
      docks[frame * stations + station] = CAPACITY - (counts[station] as number);
    }
  });
  return historyOf({ station_ids: counts.map((_, at) => `s${at}`), times, bikes, docks }, 'UTC');
}

test('the sums that a question looks up give the probability that the forecaster gives', () => {
  const history = city({ days: 12, stations: 20, stepSeconds: 1200 });
  const { models } = fitSystem(history, [40]);
  const model = models[0] as Model;
  expect(model.basis).toBe('logit');
  const sights = readSights(history);
  expect(Math.max(...sights.tempo)).toBeGreaterThan(0.05);
  const cases = readCases(sights, 'bike', 40);
  const lastDay = cases.days.at(-1) as number;
  const forecaster = new Forecaster(cases, lastDay - JUDGED_DAYS + 1);
  let day: number | null = null;
  cases.days.forEach((of, at) => {
    if (of !== day) forecaster.beginDay(of);
    day = of;
    if (of > lastDay - JUDGED_DAYS) forecaster.forecast(at);
  });
  forecaster.beginDay(lastDay + 2);
  for (let at = 0; at < cases.days.length; at += 37) {
    expect(probability(model, cases, at)).toBeCloseTo(forecaster.forecast(at).model, 6);
  }
});

function probability(model: Model, cases: ReturnType<typeof readCases>, at: number): number {
  const key = (table: number) => (cases.keys[table] as Uint16Array)[at] as number;
  const count = cases.counts[at] as number;
  const stationHour = cases.stationHours[at] as number;
  const usual = model.hours[stationHour % 48] as Model['hours'][number];
  const station = Math.floor(stationHour / 48);
  const distance = (count - 0.5 + (usual.change[station] as number)) / (usual.deviation[station] as number);
  const logOdds =
    (model.count[key(0)] as number) +
    (model.hour[key(1)] as number) +
    (model.since[key(2)] as number) +
    (model.trend[key(3)] as number) +
    (model.activity[key(4)] as number) +
    model.profileWeight * (usual.profile[station] as number) +
    (model.distance[countBucket(count)] as number) * Math.max(-6, Math.min(6, distance)) +
    (model.tempo[countBucket(count)] as number) * (cases.tempos[at] as number);
  const bent = [1, logOdds, ...BENDS_AT.map((bend) => Math.max(0, logOdds - bend))];
  const modelled = probabilityOf(
    bent.reduce((sum, part, index) => sum + part * (model.correction[index] as number), 0),
  );
  const damped = model.damped[key(0)] as number;
  return damped + model.trust * (modelled - damped);
}

test('less than a day has no model, a few days the table by count, and its log odds are the table itself', () => {
  const short = fitSystem(city({ days: 0.8, stations: 5, stepSeconds: 1200 }), [20]);
  expect(short.models.map(({ basis }) => basis)).toEqual(['persistence', 'persistence']);
  const [bike] = fitSystem(city({ days: 1.5, stations: 5, stepSeconds: 1200 }), [20]).models;
  expect(bike?.basis).toBe('table');
  expect(bike?.count).toHaveLength(COUNT_BUCKETS);
  bike?.damped.forEach((probability, bucket) => {
    expect(bike.count[bucket]).toBeCloseTo(logit(probability), 9);
  });
});
