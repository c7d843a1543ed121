import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';

export type HostLimitSettings = { requestsAtOnceMax: number; requestsPerSecondMax: number };

type Host = {
  slots: PQueue;
  /** Feeds that timed out last time wait here first, so that they never hold more than one slot of their host. */
  doubtful: PQueue;
  /** On the monotonic clock; a clock set back must not stop a host for as long. */
  nextStartMs: number;
};

/** Idle hosts are forgotten beyond this; the public catalogue has 133. */
const HOSTS_KEPT = 1000;

/**
 * First come, first served for each host: 62 % of the public catalogue lies on five hosts, so this is the limit that makes us polite.
 * Starts are spaced evenly and not in bursts: two quick requests are enough to trip some throttles (opentripplanner/OpenTripPlanner#7839).
 */
export class HostLimits {
  readonly #settings: HostLimitSettings;
  readonly #hosts = new Map<string, Host>();

  constructor(settings: HostLimitSettings) {
    this.#settings = settings;
  }

  /** Runs a request to the host when its turn comes. Rejects with the reason of the signal when that comes first. */
  async run<T>(
    host: string,
    request: () => Promise<T>,
    options: { signal: AbortSignal; doubtful?: boolean },
  ): Promise<T> {
    const state = this.#hosts.get(host) ?? this.#open(host);
    const paced = async (): Promise<T> => {
      await this.#waitForStart(state, options.signal);
      return await request();
    };
    const { signal } = options;
    const inSlot = (): Promise<T> => state.slots.add(paced, { signal });
    return await (options.doubtful ? state.doubtful.add(inSlot, { signal }) : inSlot());
  }

  async #waitForStart(host: Host, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, host.nextStartMs);
    host.nextStartMs = start + 1000 / this.#settings.requestsPerSecondMax;
    if (start > now) await delay(start - now, undefined, { signal });
  }

  #open(name: string): Host {
    if (this.#hosts.size >= HOSTS_KEPT) this.#forgetIdle();
    const host: Host = {
      slots: new PQueue({ concurrency: this.#settings.requestsAtOnceMax }),
      doubtful: new PQueue({ concurrency: 1 }),
      nextStartMs: 0,
    };
    this.#hosts.set(name, host);
    return host;
  }

  #forgetIdle(): void {
    const now = performance.now();
    for (const [name, { slots, nextStartMs }] of this.#hosts) {
      if (slots.pending + slots.size === 0 && nextStartMs < now) this.#hosts.delete(name);
    }
  }
}
