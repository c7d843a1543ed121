import { readCases, readSights, type Target } from '@velolog/forecast/cases';
import { type History, WEEK_HOURS } from '@velolog/forecast/history';
import { Reliability, type ReliabilityBin } from '@velolog/forecast/score';
import { createCity } from '@velolog/simulator/city/city';
import { localStartMs } from '@velolog/simulator/city/rhythm';
import { Traffic } from '@velolog/simulator/city/traffic';
import { type CityPlan, planCity, STARTED_AT_MS } from './simulated-city.ts';

/** How often a bike leaves a station while there is one, and comes while there is a dock: by station and half hour of a working day or a weekend, per step. */
export type TrueRates = { departures: Float64Array; arrivals: Float64Array };

const STEP_SECONDS = 10;
const STEPS_PER_DAY = 86_400 / STEP_SECONDS;
const HALF_HOURS = 96;
const WEEKS = 30;
/** More bikes than this in one step are a van's. */
const BIKES_PER_STEP_MAX = 3;
/** The probabilities move on three steps at a time. */
const STEPS_AT_ONCE = 3;

/** Plays the city for 30 weeks with other random numbers, and counts. */
export function trueRates(plan: CityPlan): TrueRates {
  const system = planCity(plan);
  const city = createCity(system.centre, plan.stations, system.seed);
  const traffic = new Traffic(
    city,
    `${system.seed}/other numbers`,
    localStartMs(STARTED_AT_MS, system.centre.timezone, 0),
  );
  const size = plan.stations * HALF_HOURS;
  const [departures, arrivals, withBike, withDock] = [0, 0, 0, 0].map(() => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const before = new Int16Array(plan.stations);
  for (let step = 0; step < WEEKS * 7 * STEPS_PER_DAY; step += 1) {
    const from = halfHourOf(step);
    for (let station = 0; station < plan.stations; station += 1) {
      const at = station * HALF_HOURS + from;
      const bikes = traffic.bikes[station] ?? 0;
      before[station] = bikes;
      if (bikes > 0) withBike[at] = (withBike[at] ?? 0) + 1;
      if (traffic.docksAvailable(station) > 0) withDock[at] = (withDock[at] ?? 0) + 1;
    }
    traffic.advanceTo(step + 1);
    for (let station = 0; station < plan.stations; station += 1) {
      const at = station * HALF_HOURS + from;
      const change = (traffic.bikes[station] ?? 0) - (before[station] ?? 0);
      const counted = change > 0 ? arrivals : departures;
      counted[at] = (counted[at] ?? 0) + Math.min(Math.abs(change), BIKES_PER_STEP_MAX);
    }
  }
  return {
    departures: departures.map((count, at) => count / Math.max(1, withBike[at] ?? 0)),
    arrivals: arrivals.map((count, at) => count / Math.max(1, withDock[at] ?? 0)),
  };
}

/** The city's clock begins at midnight before a Monday. */
function halfHourOf(step: number): number {
  const day = Math.floor(step / STEPS_PER_DAY) % 7;
  const halfHour = Math.floor(((step % STEPS_PER_DAY) * STEP_SECONDS) / 1800);
  return (day >= 5 ? HALF_HOURS / 2 : 0) + halfHour;
}

export type TrueScore = {
  target: Target;
  minutes: number;
  cases: number;
  brier: number;
  tenths: ReliabilityBin[];
};

/**
 * Scores a forecaster who knows these rates and the count, on the last 40 % of the history: the cases that `evaluate` scores. It does not see
 * the hour before, nor other stations, so it is no strict bound.
 */
export function scoreTruth(
  history: History,
  { departures, arrivals }: TrueRates,
  minutesAhead: number[],
): TrueScore[] {
  const { times, bikes, docks, station_ids } = history;
  const first = times[0] ?? 0;
  const judgedFrom = first + 0.6 * ((times.at(-1) ?? 0) - first);
  const frameAt = new Map(Array.from(times, (time, frame) => [time, frame]));
  const sights = readSights(history);
  return (['bike', 'dock'] as const).flatMap((target) =>
    minutesAhead.map((minutes) => {
      const cases = readCases(sights, target, minutes);
      const reliability = new Reliability();
      const score = { cases: 0, squares: 0 };
      for (let at = 0; at < cases.times.length; at += 1) {
        const time = cases.times[at] as number;
        if (time < judgedFrom) continue;
        const station = Math.floor((cases.stationHours[at] as number) / WEEK_HOURS);
        const place = (frameAt.get(time) as number) * station_ids.length + station;
        const chances = chancesAfter({
          bikes: bikes[place] as number,
          docks: docks[place] as number,
          step: Math.round((time - first) / STEP_SECONDS),
          steps: (minutes * 60) / STEP_SECONDS,
          departuresAt: (halfHour) => departures[station * HALF_HOURS + halfHour] ?? 0,
          arrivalsAt: (halfHour) => arrivals[station * HALF_HOURS + halfHour] ?? 0,
        });
        const none = (target === 'bike' ? chances[0] : chances.at(-1)) as number;
        const outcome = cases.outcomes[at] as number;
        // The sum of all chances is 1 but for rounding.
        const chance = Math.max(0, 1 - none);
        reliability.add(chance, outcome, (cases.days[at] as number) * cases.stations + station);
        score.cases += 1;
        score.squares += (chance - outcome) ** 2;
      }
      return {
        target,
        minutes,
        cases: score.cases,
        brier: score.squares / score.cases,
        tenths: reliability.bins(),
      };
    }),
  );
}

type Chain = {
  bikes: number;
  docks: number;
  step: number;
  steps: number;
  departuresAt: (halfHour: number) => number;
  arrivalsAt: (halfHour: number) => number;
};

/** How likely each number of bikes is then, from 0 to all docks full. */
function chancesAfter({ bikes, docks, step, steps, departuresAt, arrivalsAt }: Chain): Float64Array {
  const room = bikes + docks;
  let chances = new Float64Array(room + 1);
  chances[bikes] = 1;
  for (let done = 0; done < steps; done += STEPS_AT_ONCE) {
    const halfHour = halfHourOf(step + done);
    const leaves = STEPS_AT_ONCE * departuresAt(halfHour);
    const comes = STEPS_AT_ONCE * arrivalsAt(halfHour);
    const next = new Float64Array(room + 1);
    for (let count = 0; count <= room; count += 1) {
      const chance = chances[count] as number;
      if (chance === 0) continue;
      const [less, more] = [count > 0 ? leaves : 0, count < room ? comes : 0];
      if (count > 0) next[count - 1] = (next[count - 1] as number) + chance * less;
      if (count < room) next[count + 1] = (next[count + 1] as number) + chance * more;
      next[count] = (next[count] as number) + chance * (1 - less - more);
    }
    chances = next;
  }
  return chances;
}
