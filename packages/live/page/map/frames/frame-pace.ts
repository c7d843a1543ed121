/** Fewer than 30 frames a second look as if the map were stuck. */
const SLOW_MS = 1000 / 30;
/** So much faster than that, the next step up is not slow either: it has about twice the pixels. */
const QUICK_MS = SLOW_MS / 2;
/** A single frame may wait for anything. */
const FRAMES = 6;
/** How many of the screen's pixels a side of the map has, from all of them to what is still worth looking at. */
export const SHARES = [1, 0.7, 0.5, 0.35] as const;

/** Which share of the pixels a map that moves has, so that its frames come in time. What was learned holds for the next move. */
export class FramePace {
  #step = 0;
  #frames = 0;
  #totalMs = 0;

  get share(): number {
    return SHARES[this.#step] as number;
  }

  /** A move begins. */
  begin(): void {
    this.#frames = 0;
    this.#totalMs = 0;
  }

  /** @param ms since the frame before. @returns whether the share is another one now */
  frame(ms: number): boolean {
    this.#frames += 1;
    this.#totalMs += ms;
    if (this.#frames < FRAMES) return false;
    const isSlow = this.#totalMs / this.#frames > SLOW_MS;
    if (!isSlow) return false;
    this.begin();
    if (this.#step === SHARES.length - 1) return false;
    this.#step += 1;
    return true;
  }

  /** The move is over: one that was quick throughout has time for more. */
  end(): void {
    if (this.#frames >= FRAMES && this.#totalMs / this.#frames < QUICK_MS)
      this.#step = Math.max(0, this.#step - 1);
  }
}
