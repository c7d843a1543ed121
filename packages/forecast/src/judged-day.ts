import { Misses } from './correction.ts';

export type Judged = {
  logOdds: number;
  probability: number;
  damped: number;
  outcome: number;
  standsFor: number;
};

/** The forecasts of one day against what came, in squared errors: of the model and of the table by count. */
export class JudgedDay {
  readonly day: number;
  readonly misses = new Misses();
  model = 0;
  damped = 0;
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
    this.model += standsFor * (probability - outcome) ** 2;
    this.damped += standsFor * (damped - outcome) ** 2;
  }
}
