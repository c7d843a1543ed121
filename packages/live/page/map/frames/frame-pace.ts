/** Below 30 frames a second the map looks stuck. */
const SLOW_MS = 1000 / 30;
/** If frames are this fast, the next step up is not slow either: it has about twice the pixels. */
const QUICK_MS = SLOW_MS / 2;
/** Number of frames to average: a single frame may be slow for any reason. */
const FRAMES = 6;
/** The share of the screen's pixels per side of the map, from all of them to the lowest acceptable. */
export const SHARES = [1, 0.7, 0.5, 0.35] as const;

/** Decides which share of the pixels a moving map gets, so that its frames are in time. The result is kept for the next move. */
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

  /** @param ms since the previous frame. @returns whether the share has changed */
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

  /** Ends a move. If it was fast throughout, the next one gets more pixels. */
  end(): void {
    if (this.#frames >= FRAMES && this.#totalMs / this.#frames < QUICK_MS)
      this.#step = Math.max(0, this.#step - 1);
  }
}
