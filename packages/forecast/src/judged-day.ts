import { Misses } from './correction.ts';

export type Judged = {
  logOdds: number;
  probability: number;
  damped: number;
  outcome: number;
  standsFor: number;
};

/** The forecasts of one day against what came, as sums over all of them: enough to say what any way between the table by count and the model would have been worth. */
export class JudgedDay {
  readonly day: number;
  readonly misses = new Misses();
  /** Squared errors of the table by count. */
  damped = 0;
  /** The squares of how far apart model and table were, and how far what came was on the model's side. */
  apart = 0;
  towards = 0;
  /** What came of these is known a day later only. */
  #late: Judged[] = [];

  constructor(day: number) {
    this.day = day;
  }

  /** @param dueDay the day of what came */
  add(judged: Judged, dueDay: number): void {
    if (dueDay > this.day) this.#late.push(judged);
    else this.#count(judged);
  }

  /** What was forecast for the day after has come. */
  end(): void {
    for (const judged of this.#late.splice(0)) this.#count(judged);
  }

  #count({ logOdds, probability, damped, outcome, standsFor }: Judged): void {
    this.misses.add(logOdds, outcome, standsFor);
    this.damped += standsFor * (outcome - damped) ** 2;
    this.apart += standsFor * (probability - damped) ** 2;
    this.towards += standsFor * (outcome - damped) * (probability - damped);
  }
}
