import PQueue from 'p-queue';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import { FetchFailure } from '../fetch/fetch-failure.ts';
import { hostOfAnyPort, registrableDomain } from './registrable-domain.ts';

export type HostLimitSettings = { requestsAtOnceMax: number; requestsPerSecondMax: number };

/** The host said with Retry-After, for any of its feeds, that it wants no requests for now. Nothing was sent. */
export class HostAskedToWait extends FetchFailure {
  readonly seconds: number;

  constructor(seconds: number) {
    super('retry_after');
    this.seconds = seconds;
  }
}

/** Counts what publishers see of us. */
export type HostObserver = {
  /** @param sinceLastSeconds since the start of the previous request; null for the first */
  started(domain: string, sinceLastSeconds: number | null): void;
  ended(domain: string, result: 'answered' | 'failed'): void;
  askedToWait(domain: string): void;
  /** The limits have forgotten the domain. */
  forgotten(domain: string): void;
  onCollectWaits(read: () => { domain: string; seconds: number }[]): void;
};

type Domain = {
  slots: PQueue;
  /** Feeds whose last poll timed out wait here first, so that they never hold more than one slot of their domain. */
  doubtful: PQueue;
  nextStartMs: number;
  startedAtMs: number | null;
};

/** Beyond this number, idle domains and hosts that asked to wait are forgotten. The public catalogue has 133. */
const HOSTS_KEPT = 1000;

/**
 * The limits that protect a publisher from us. Each registrable domain is served first come, first served: 62 % of the
 * public catalogue is on five hosts, so this is the limit that makes us polite. Starts are spaced evenly instead of in
 * bursts: two quick requests are enough to trip some throttles (opentripplanner/OpenTripPlanner#7839). A host that
 * asked to wait gets no request until its time is over.
 */
export class HostLimits {
  readonly #settings: HostLimitSettings;
  readonly #clock: Clock;
  readonly #domains = new Map<string, Domain>();
  readonly #waitUntilMs = new Map<string, number>();
  readonly #observer: HostObserver | null;

  constructor(settings: HostLimitSettings, clock: Clock = systemClock, observer: HostObserver | null = null) {
    this.#settings = settings;
    this.#clock = clock;
    this.#observer = observer;
    observer?.onCollectWaits(() => this.#waits());
  }

  /**
   * Runs a request to the host (with its port, as in a URL) when its turn comes. Rejects with the signal's reason if
   * the signal aborts first.
   * @throws HostAskedToWait when the host did, before this request or while it waited for its turn
   */
  async run<T>(
    host: string,
    request: () => Promise<T>,
    options: {
      signal: AbortSignal;
      doubtful?: boolean;
      /** Runs before the start time is set: what must be written first must not shift the start. */
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
      return await this.#observed(name, domain, request, signal);
    };
    const inSlot = (): Promise<T> => domain.slots.add(paced, { signal });
    return await (options.doubtful ? domain.doubtful.add(inSlot, { signal }) : inSlot());
  }

  /** The host's answer asked for it: no request to the host for this long, for any feed. */
  askToWait(host: string, seconds: number): void {
    this.keepWaiting(host, seconds);
    this.#observer?.askedToWait(registrableDomain(host));
  }

  /** The host asked for it earlier, perhaps another worker. */
  keepWaiting(host: string, seconds: number): void {
    const name = hostOfAnyPort(host);
    const now = this.#clock.nowMs();
    if (this.#waitUntilMs.size >= HOSTS_KEPT) {
      for (const [other, untilMs] of this.#waitUntilMs) if (untilMs <= now) this.#waitUntilMs.delete(other);
    }
    this.#waitUntilMs.set(name, Math.max(this.#waitUntilMs.get(name) ?? 0, now + seconds * 1000));
  }

  /** No request to the host's whole domain for this long: another worker may still be polling it. */
  leaveAlone(host: string, ms: number): void {
    const name = registrableDomain(host);
    const domain = this.#domains.get(name) ?? this.#open(name);
    domain.nextStartMs = Math.max(domain.nextStartMs, this.#clock.nowMs() + ms);
  }

  /** Between two starts at one domain. */
  get spacingMs(): number {
    return 1000 / this.#settings.requestsPerSecondMax;
  }

  async #observed<T>(
    name: string,
    domain: Domain,
    request: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const nowMs = this.#clock.nowMs();
    const { startedAtMs } = domain;
    domain.startedAtMs = nowMs;
    this.#observer?.started(name, startedAtMs === null ? null : (nowMs - startedAtMs) / 1000);
    try {
      const answer = await request();
      this.#observer?.ended(name, isRefusal(answer) ? 'failed' : 'answered');
      return answer;
    } catch (error) {
      // A request that we ended ourselves says nothing about the publisher.
      if (!signal.aborted) this.#observer?.ended(name, 'failed');
      throw error;
    }
  }

  /** The longest wait of each domain. */
  #waits(): { domain: string; seconds: number }[] {
    const nowMs = this.#clock.nowMs();
    const longest = new Map<string, number>();
    for (const [host, untilMs] of this.#waitUntilMs) {
      const seconds = (untilMs - nowMs) / 1000;
      const domain = registrableDomain(host);
      if (seconds > (longest.get(domain) ?? 0)) longest.set(domain, seconds);
    }
    return Array.from(longest, ([domain, seconds]) => ({ domain, seconds }));
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
      startedAtMs: null,
    };
    this.#domains.set(name, domain);
    return domain;
  }

  #forgetIdle(): void {
    const now = this.#clock.nowMs();
    for (const [name, { slots, nextStartMs }] of this.#domains) {
      if (slots.pending + slots.size > 0 || nextStartMs >= now) continue;
      this.#domains.delete(name);
      this.#observer?.forgotten(name);
    }
  }
}

function isRefusal(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'status' in answer && Number(answer.status) >= 400;
}
