import { readCases, type Sights, type Target } from '@velolog/forecast/cases';
import { Forecaster, JUDGED_DAYS } from '@velolog/forecast/forecaster';
import type { History } from '@velolog/forecast/history';

/** As in `velolog forecast evaluate`. */
const FIRST_SHARE = 0.6;

/** What one target and time ahead of a cut comes to: squared errors, and skills over damped persistence as shares. */
export type Trial = {
  target: Target;
  minutes: number;
  /** Squared errors of damped persistence. Where they add up to little, one lucky forecast decides. */
  damped: number;
  skill: number;
  /** Of the one share of the way from the table to the model that proves best in hindsight: no rule that trusts this model by a constant does better. */
  bestSkill: number;
};

/**
 * Forecasts the last 40 % of a history as `evaluate` does, and beside it works out how much the best constant trust would have saved.
 * With p = damped + trust × (model − damped), the squared error is a parabola of trust; what the model alone says is `whole`.
 */
export function tryTrust(history: History, sights: Sights, target: Target, minutes: number): Trial {
  const { times } = history;
  const first = times[0] ?? 0;
  const judgedFrom = first + FIRST_SHARE * ((times.at(-1) ?? 0) - first);
  const cases = readCases(sights, target, minutes);
  const firstJudged = cases.times.findIndex((time) => time >= judgedFrom);
  const fromDay = (cases.days[firstJudged] ?? 0) - JUDGED_DAYS;
  const forecaster = new Forecaster(cases, fromDay);
  const sum = { damped: 0, used: 0, apart: 0, towards: 0 };
  for (let at = 0; at < cases.days.length; at += 1) {
    const day = cases.days[at] as number;
    if (at === 0 || day !== cases.days[at - 1]) forecaster.beginDay(day);
    if (day < fromDay) continue;
    const { model, whole, damped } = forecaster.forecast(at);
    if ((cases.times[at] as number) < judgedFrom) continue;
    const outcome = cases.outcomes[at] as number;
    sum.damped += (outcome - damped) ** 2;
    sum.used += (outcome - model) ** 2;
    sum.apart += (whole - damped) ** 2;
    sum.towards += (outcome - damped) * (whole - damped);
  }
  const best = sum.apart === 0 ? 0 : Math.max(0, sum.towards) ** 2 / sum.apart;
  return {
    target,
    minutes,
    damped: sum.damped,
    skill: sum.damped === 0 ? 0 : 1 - sum.used / sum.damped,
    bestSkill: sum.damped === 0 ? 0 : best / sum.damped,
  };
}
