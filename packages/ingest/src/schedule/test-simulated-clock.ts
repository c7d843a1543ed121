import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';

type Timer = { atMs: number; run: () => void };

/** After this many idle turns of the event loop, all work that the last timer started is done. */
const CALM_TURNS = 4;

/** Time that advances from timer to timer, and only after all real work that the last timer started is done. */
export class SimulatedClock implements Clock {
  readonly #startedAtEpochMs: number;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;

  constructor(startedAtEpochMs: number) {
    this.#startedAtEpochMs = startedAtEpochMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#startedAtEpochMs + this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** @param isIdle whether nothing is under way except what waits for this clock */
  async runUntil(endMs: number, isIdle: () => boolean): Promise<void> {
    for (;;) {
      for (let calm = 0; calm < CALM_TURNS; calm = isIdle() ? calm + 1 : 0) await setImmediate();
      const next = this.#first();
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = endMs;
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.atMs < first.atMs) first = timer;
    return first;
  }
}
