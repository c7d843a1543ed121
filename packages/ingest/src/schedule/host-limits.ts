import PQueue from 'p-queue';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import { FetchFailure } from '../fetch/fetch-failure.ts';
import { hostOfAnyPort, registrableDomain } from './registrable-domain.ts';

export type HostLimitSettings = { requestsAtOnceMax: number; requestsPerSecondMax: number };

/** The host said with Retry-After, to whichever feed, that it wants no requests for now. Nothing was sent. */
export class HostAskedToWait extends FetchFailure {
  readonly seconds: number;

  constructor(seconds: number) {
    super('retry_after');
    this.seconds = seconds;
  }
}

type Domain = {
  slots: PQueue;
  /** Feeds that timed out last time wait here first, so that they never hold more than one slot of their domain. */
  doubtful: PQueue;
  nextStartMs: number;
};

/** Idle domains, and hosts that asked to wait, are forgotten beyond this; the public catalogue has 133. */
const HOSTS_KEPT = 1000;

/**
 * What one publisher has to bear of us. First come, first served for each registrable domain: 62 % of the public catalogue lies on five
 * hosts, so this is the limit that makes us polite. Starts are spaced evenly and not in bursts: two quick requests are enough to trip
 * some throttles (opentripplanner/OpenTripPlanner#7839). A host that asked to wait gets no request until its time is over.
 */
export class HostLimits {
  readonly #settings: HostLimitSettings;
  readonly #clock: Clock;
  readonly #domains = new Map<string, Domain>();
  readonly #waitUntilMs = new Map<string, number>();

  constructor(settings: HostLimitSettings, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Runs a request to the host (with its port, as in a URL) when its turn comes. Rejects with the reason of the signal when that comes first.
   * @throws HostAskedToWait when the host did, before this request or while it waited for its turn
   */
  async run<T>(
    host: string,
    request: () => Promise<T>,
    options: {
      signal: AbortSignal;
      doubtful?: boolean;
      /** Before its start is set: what has to be written first must not shift it. */
      prepare?: () => Promise<void>;
    },
  ): Promise<T> {
    const name = registrableDomain(host);
    const domain = this.#domains.get(name) ?? this.#open(name);
    const { signal } = options;
    const paced = async (): Promise<T> => {
      this.#refuseIfAskedToWait(host);
      await options.prepare?.();
      await this.#waitForStart(domain, signal);
      this.#refuseIfAskedToWait(host);
      return await request();
    };
    const inSlot = (): Promise<T> => domain.slots.add(paced, { signal });
    return await (options.doubtful ? domain.doubtful.add(inSlot, { signal }) : inSlot());
  }

  /** No request to the host for so long, whoever wants to make it. */
  askToWait(host: string, seconds: number): void {
    const name = hostOfAnyPort(host);
    const now = this.#clock.nowMs();
    if (this.#waitUntilMs.size >= HOSTS_KEPT) {
      for (const [other, untilMs] of this.#waitUntilMs) if (untilMs <= now) this.#waitUntilMs.delete(other);
    }
    this.#waitUntilMs.set(name, Math.max(this.#waitUntilMs.get(name) ?? 0, now + seconds * 1000));
  }

  /** No request to the whole domain of the host for so long: somebody else may still be asking it. */
  leaveAlone(host: string, ms: number): void {
    const name = registrableDomain(host);
    const domain = this.#domains.get(name) ?? this.#open(name);
    domain.nextStartMs = Math.max(domain.nextStartMs, this.#clock.nowMs() + ms);
  }

  /** Between two starts at a domain. */
  get spacingMs(): number {
    return 1000 / this.#settings.requestsPerSecondMax;
  }

  #refuseIfAskedToWait(host: string): void {
    if (this.#waitUntilMs.size === 0) return;
    const leftMs = (this.#waitUntilMs.get(hostOfAnyPort(host)) ?? 0) - this.#clock.nowMs();
    if (leftMs > 0) throw new HostAskedToWait(leftMs / 1000);
  }

  async #waitForStart(domain: Domain, signal: AbortSignal): Promise<void> {
    const now = this.#clock.nowMs();
    const start = Math.max(now, domain.nextStartMs);
    domain.nextStartMs = start + 1000 / this.#settings.requestsPerSecondMax;
    if (start > now) await waitFor(this.#clock, start - now, signal);
  }

  #open(name: string): Domain {
    if (this.#domains.size >= HOSTS_KEPT) this.#forgetIdle();
    const domain: Domain = {
      slots: new PQueue({ concurrency: this.#settings.requestsAtOnceMax }),
      doubtful: new PQueue({ concurrency: 1 }),
      nextStartMs: 0,
    };
    this.#domains.set(name, domain);
    return domain;
  }

  #forgetIdle(): void {
    const now = this.#clock.nowMs();
    for (const [name, { slots, nextStartMs }] of this.#domains) {
      if (slots.pending + slots.size === 0 && nextStartMs < now) this.#domains.delete(name);
    }
  }
}
