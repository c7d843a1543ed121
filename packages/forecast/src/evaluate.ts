import { type Cases, readCases, readSights, type Target } from './cases.ts';
import { type Basis, Forecaster, JUDGED_DAYS } from './forecaster.ts';
import { type History, WEEK_HOURS } from './history.ts';
import {
  type BlockErrors,
  emptyErrors,
  Reliability,
  type ReliabilityBin,
  skillInterval,
  skillOf,
  sumErrors,
} from './score.ts';

/** The score of one target and time ahead on one history. Skills are shares: .12 means a Brier score that is 12 % lower than the reference's. */
export type Evaluation = {
  target: Target;
  minutes: number;
  pairs: number;
  brier: number | null;
  skill_persistence: number | null;
  skill_damped: number | null;
  skill_profile: number | null;
  /** The same three skills, for pairs whose count was 3 or less at the time of the forecast. */
  skill_low: (number | null)[];
  /** The middle 95 % of skill_persistence and skill_damped over resampled days or weeks. */
  interval: [number, number] | null;
  interval_damped: [number, number] | null;
  /** The basis of most forecasts. */
  basis: Basis;
  reliability: ReliabilityBin[];
};

/** The share of a history, by time, that is only learned from: forecasts are judged after it. */
const FIRST_SHARE = 0.6;
const LOW_COUNT_MAX = 3;

/**
 * Backtests the forecast with a rolling origin: forecasts the last 40 % of the history day by day, and learns for each day only from the time
 * before it. Leaves out pairs with unobserved time. Fits as `fitSystem` would on each of these days, so the scores are those of the forecasts
 * that the store serves.
 */
export function evaluate(history: History, minutesAhead: number[]): Evaluation[] {
  const sights = readSights(history);
  return (['bike', 'dock'] as const).flatMap((target) =>
    minutesAhead.map((minutes) => evaluateCases(readCases(sights, target, minutes), judgedFrom(history))),
  );
}

/** Epoch seconds: forecasts of this history are judged from then on. */
export function judgedFrom({ times }: History): number {
  const first = times[0] ?? 0;
  return first + FIRST_SHARE * ((times.at(-1) ?? 0) - first);
}

function evaluateCases(cases: Cases, judgedFromTime: number): Evaluation {
  const { days, times, counts, outcomes, stationHours, target, minutes } = cases;
  const firstJudged = times.findIndex((time) => time >= judgedFromTime);
  const fromDay = (days[firstJudged] ?? 0) - JUDGED_DAYS;
  const forecaster = new Forecaster(cases, fromDay);
  const byDay = new Map<number, BlockErrors>();
  const low = emptyErrors();
  const reliability = new Reliability();
  const bases: Record<Basis, number> = { logit: 0, table: 0, persistence: 0 };
  for (let at = 0; at < days.length; at += 1) {
    const day = days[at] as number;
    if (at === 0 || day !== days[at - 1]) forecaster.beginDay(day);
    if (day < fromDay) continue;
    const forecast = forecaster.forecast(at);
    if ((times[at] as number) < judgedFromTime) continue;
    const outcome = outcomes[at] as number;
    const errors = byDay.get(day) ?? emptyErrors();
    byDay.set(day, errors);
    addErrors(errors, forecast, outcome);
    if ((counts[at] as number) <= LOW_COUNT_MAX) addErrors(low, forecast, outcome);
    const station = Math.floor((stationHours[at] as number) / WEEK_HOURS);
    reliability.add(forecast.model, outcome, day * cases.stations + station);
    bases[forecast.basis] += 1;
  }
  const blocks = [...byDay.values()];
  const sum = sumErrors(blocks);
  return {
    target,
    minutes,
    pairs: sum.pairs,
    brier: sum.pairs === 0 ? null : sum.model / sum.pairs,
    skill_persistence: skillOf(sum, 'persistence'),
    skill_damped: skillOf(sum, 'damped'),
    skill_profile: skillOf(sum, 'profile'),
    skill_low: [skillOf(low, 'persistence'), skillOf(low, 'damped'), skillOf(low, 'profile')],
    interval: skillInterval(blocks, 'persistence'),
    interval_damped: skillInterval(blocks, 'damped'),
    basis: (Object.keys(bases) as Basis[]).reduce(
      (most, basis) => (bases[basis] > bases[most] ? basis : most),
      'persistence',
    ),
    reliability: reliability.bins(),
  };
}

function addErrors(
  errors: BlockErrors,
  forecast: { model: number; persistence: number; damped: number; profile: number },
  outcome: number,
): void {
  errors.pairs += 1;
  for (const key of ['model', 'persistence', 'damped', 'profile'] as const) {
    errors[key] += (forecast[key] - outcome) ** 2;
  }
}
