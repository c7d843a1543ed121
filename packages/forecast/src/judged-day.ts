import { Misses } from './correction.ts';

export type Judged = {
  /** Index of the station. */
  station: number;
  logOdds: number;
  probability: number;
  damped: number;
  outcome: number;
  standsFor: number;
};

/** Sums over the forecasts of one station. */
export type StationSums = { apart: number; towards: number };

/** One day's forecasts compared with their outcomes, as sums. They tell what any mixture of the table by count and the model would have been worth. */
export class JudgedDay {
  readonly day: number;
  readonly misses = new Misses();
  /** Squared errors of the table by count. */
  damped = 0;
  /** `apart`: squared distances between model and table. `towards`: how far the outcomes were on the model's side of the table. */
  apart = 0;
  towards = 0;
  /** The last two for each station: a bike that is missing now is still missing later, so a station's forecasts of a day are hardly more than one. */
  readonly stations = new Map<number, StationSums>();
  /** Forecasts whose outcome is known only on the next day. */
  #late: Judged[] = [];

  constructor(day: number) {
    this.day = day;
  }

  /** @param dueDay the day of the outcome */
  add(judged: Judged, dueDay: number): void {
    if (dueDay > this.day) this.#late.push(judged);
    else this.#count(judged);
  }

  /** Call this when the outcomes of the forecasts for the next day are known. */
  end(): void {
    for (const judged of this.#late.splice(0)) this.#count(judged);
  }

  #count({ station, logOdds, probability, damped, outcome, standsFor }: Judged): void {
    const apart = standsFor * (probability - damped) ** 2;
    const towards = standsFor * (outcome - damped) * (probability - damped);
    this.misses.add(logOdds, outcome, standsFor);
    this.damped += standsFor * (outcome - damped) ** 2;
    this.apart += apart;
    this.towards += towards;
    const own = this.stations.get(station);
    if (own === undefined) this.stations.set(station, { apart, towards });
    else {
      own.apart += apart;
      own.towards += towards;
    }
  }
}
