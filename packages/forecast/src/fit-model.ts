import { logit } from './algebra/logistic.ts';
import { CaseRoom, COUNT_BUCKETS, readCases, readSights, type Target } from './cases.ts';
import { type Basis, type Fitted, Forecaster, JUDGED_DAYS, OWN_COUNTS } from './forecaster.ts';
import { type History, WEEK_HOURS } from './history.ts';
import { COUNT_TABLE, PROFILE, SIGNS } from './tables.ts';

/** Minutes ahead with their own model. For minutes in between, the log odds are interpolated. */
const FITTED_MINUTES = [10, 20, 40, 60, 90];

/**
 * A model of one target and time ahead, as sums that a query can look up: the log odds of a station are
 * `count[c] + hour[c, h] + since[c, s] + trend[c, t] + activity[c, …] + profileWeight * profile + distance[c] * d + tempo[c] * t`, then bent by
 * `correction`. The final probability lies between that of the table by count and that of these log odds, according to `trust`.
 * `hours` has the usual values of each station for each hour of the week.
 */
export type Model = {
  target: Target;
  minutes: number;
  basis: Basis;
  count: number[];
  hour: number[];
  since: number[];
  trend: number[];
  activity: number[];
  distance: number[];
  tempo: number[];
  profileWeight: number;
  correction: number[];
  /** How much the forecast follows this model (1) instead of the table by count (0). */
  trust: number;
  /** The table by count alone: damped persistence. */
  damped: number[];
  hours: UsualHour[];
};

/** Values for each station. Typed arrays can be transferred from the thread that makes them without a copy. */
export type UsualHour = Record<'profile' | 'change' | 'deviation', Float32Array<ArrayBuffer>>;

/** `usualMoves`: usual moves per station and hour at each hour of the week, which the tempo is measured against; null where unknown. */
export type FittedSystem = {
  station_ids: string[];
  activity: number[];
  usualMoves: (number | null)[];
  models: Model[];
};

/** Fits all models of one system. It takes seconds, so do not call it on a thread that answers requests. */
export function fitSystem(history: History, minutesAhead: readonly number[] = FITTED_MINUTES): FittedSystem {
  const sights = readSights(history);
  const stations = history.station_ids.length;
  const room = new CaseRoom();
  const models = (['bike', 'dock'] as const).flatMap((target) =>
    minutesAhead.map((minutes) => {
      const cases = readCases(sights, target, minutes, 'learned', room);
      const lastDay = cases.days.at(-1) ?? 0;
      const forecaster = new Forecaster(cases, lastDay - JUDGED_DAYS + 1, room);
      let day: number | null = null;
      for (let at = 0; at < cases.days.length; at += 1) {
        if (cases.days[at] !== day) {
          day = cases.days[at] as number;
          forecaster.beginDay(day);
        }
        if (day > lastDay - JUDGED_DAYS) forecaster.forecast(at);
      }
      forecaster.beginDay(lastDay + 2);
      return modelOf(forecaster.fitted(), { target, minutes, stations });
    }),
  );
  return {
    station_ids: history.station_ids,
    activity: Array.from(sights.activity.subarray(sights.activity.length - stations)),
    usualMoves: sights.usual,
    models,
  };
}

function modelOf(
  { basis, weights, correction, trust, tables }: Fitted,
  of: { target: Target; minutes: number; stations: number },
): Model {
  const weightOf = (input: number) => weights?.[input] ?? (input === 1 + COUNT_TABLE ? 1 : 0);
  const termsOf = (table: number) =>
    Array.from(tables.told(table), (probability) => weightOf(1 + table) * logit(probability));
  const own = (from: number, bucket: number) => (bucket < OWN_COUNTS ? weightOf(from + bucket) : 0);
  const tempos = 1 + SIGNS + OWN_COUNTS;
  const distances = tempos + 1 + OWN_COUNTS;
  return {
    target: of.target,
    minutes: of.minutes,
    basis,
    count: termsOf(COUNT_TABLE).map((term, bucket) => weightOf(0) + term + own(1 + SIGNS, bucket)),
    hour: termsOf(1),
    since: termsOf(2),
    trend: termsOf(3),
    activity: termsOf(4),
    distance: Array.from({ length: COUNT_BUCKETS }, (_, bucket) => weightOf(SIGNS) + own(distances, bucket)),
    tempo: Array.from({ length: COUNT_BUCKETS }, (_, bucket) => weightOf(tempos) + own(tempos + 1, bucket)),
    profileWeight: weightOf(1 + PROFILE),
    correction,
    trust,
    damped: [...tables.told(COUNT_TABLE)],
    hours: Array.from({ length: WEEK_HOURS }, (_, hour) => usualHour(tables, of.stations, hour)),
  };
}

function usualHour(tables: Fitted['tables'], stations: number, hour: number): UsualHour {
  const usual = {
    profile: new Float32Array(stations),
    change: new Float32Array(stations),
    deviation: new Float32Array(stations),
  };
  for (let station = 0; station < stations; station += 1) {
    const { profile, change, deviation } = tables.usualAt(station, hour);
    usual.profile[station] = logit(profile);
    usual.change[station] = change;
    usual.deviation[station] = deviation;
  }
  return usual;
}
