import { type Clock, systemClock } from '../clock.ts';

type Entry<T> = { item: T; dueAtMs: number };

/**
 * What is due when: one binary heap with one timer for all items, on the monotonic clock.
 *
 * An item is either waiting (once, for one time) or unknown: taking it makes it unknown until it is put back.
 */
export class Schedule<T> {
  readonly #clock: Clock;
  readonly #heap: Entry<T>[] = [];
  /** The valid entry of each waiting item; other entries of the same item in the heap are skipped. */
  readonly #waiting = new Map<T, Entry<T>>();
  #wake = Promise.withResolvers<void>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Makes an item due at a time, even if it waits for another. */
  put(item: T, dueAtMs: number): void {
    const entry = { item, dueAtMs };
    this.#waiting.set(item, entry);
    this.#push(entry);
    if (this.#heap[0] === entry) this.#wake.resolve();
  }

  /** Brings a waiting item forward. An item that is not waiting, or is due earlier, is not changed. */
  hasten(item: T, dueAtMs: number): void {
    const entry = this.#waiting.get(item);
    if (entry !== undefined && dueAtMs < entry.dueAtMs) this.put(item, dueAtMs);
  }

  /** Returns when the item was due; undefined when it was not waiting. */
  remove(item: T): number | undefined {
    const entry = this.#waiting.get(item);
    this.#waiting.delete(item);
    return entry?.dueAtMs;
  }

  nextDueAtMs(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#waiting.get(first.item) === first) return first.dueAtMs;
      this.#pop();
    }
    return undefined;
  }

  /** Takes the next item out if it is due. */
  take(nowMs: number): Entry<T> | undefined {
    const dueAtMs = this.nextDueAtMs();
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    const entry = this.#pop() as Entry<T>;
    this.#waiting.delete(entry.item);
    return entry;
  }

  /** Waits until something is due, at most `waitMsMax`; returns early when the signal aborts. */
  async waitForDue(waitMsMax: number, signal: AbortSignal): Promise<void> {
    for (const untilMs = this.#clock.nowMs() + waitMsMax; !signal.aborted; ) {
      const nowMs = this.#clock.nowMs();
      const nextMs = Math.min(this.nextDueAtMs() ?? Number.POSITIVE_INFINITY, untilMs);
      if (nextMs <= nowMs) return;
      this.#wake = Promise.withResolvers();
      const { promise, resolve } = this.#wake;
      const callOff = this.#clock.after(Math.ceil(nextMs - nowMs), resolve);
      const stop = (): void => resolve();
      signal.addEventListener('abort', stop, { once: true });
      await promise;
      callOff();
      signal.removeEventListener('abort', stop);
    }
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as Entry<T>).dueAtMs <= entry.dueAtMs) break;
      heap[at] = heap[parent] as Entry<T>;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && right.dueAtMs < (heap[child] as Entry<T>).dueAtMs) child++;
      if ((heap[child] as Entry<T>).dueAtMs >= last.dueAtMs) break;
      heap[at] = heap[child] as Entry<T>;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
