import { setMaxListeners } from 'node:events';
import { createSystem, DISCOVERY, type Feed, type RecordedSystem } from '../fetch/feed.ts';
import { type FinishedPoll, type PollDependencies, pollFeed } from '../fetch/poll-feed.ts';
import type { Log } from '../log.ts';
import { adoptFeeds } from '../sources/discover.ts';
import type { System } from '../sources/system.ts';
import { backOffSeconds } from './back-off.ts';
import { type IntervalSettings, intervalSeconds, withJitter } from './interval.ts';
import { Schedule } from './schedule.ts';

/** Between the first polls of two systems, so that 1,500 do not begin in one moment. */
const START_SPACING_MS = 10;
/** The loop wakes up this often even when nothing is due, which is how it is known to be alive. */
const TICK_MS_MAX = 5000;
const STUCK_AFTER_MS = 60_000;
/** A feed may have moved. */
const NOT_FOUND_BEFORE_REDISCOVERY = 3;
const REDISCOVERY_SECONDS_MIN = 600;
/** A first failure is no reason to leave a feed alone for an hour, however rarely it is polled. */
const BACK_OFF_BASE_SECONDS_MAX = 60;

/**
 * Polls the feeds of any number of systems, each when it is due, from one schedule.
 *
 * A feed is either in the schedule or being polled; it comes back with the time of its next poll when the poll is finished, so it is
 * never polled twice at once. Discovery is a feed too: it adds the others to the schedule.
 */
export class Recorder {
  readonly #dependencies: PollDependencies & { log: Log };
  readonly #interval: IntervalSettings;
  readonly #schedule = new Schedule<Feed>();
  readonly #inFlight = new Set<Promise<void>>();
  #systems = 0;
  #lastTickAtMs = performance.now();

  constructor(dependencies: PollDependencies & { log: Log }, interval: IntervalSettings) {
    this.#dependencies = dependencies;
    this.#interval = interval;
    dependencies.metrics.onCollectInFlight(() => this.#inFlight.size);
  }

  /** Where systems come from does not matter here; more can be added at any time. */
  addSystems(systems: System[]): void {
    const now = performance.now();
    for (const [index, settings] of systems.entries()) {
      this.#schedule.put(createSystem(settings).discovery, now + index * START_SPACING_MS);
    }
    this.#systems += systems.length;
  }

  async pollForever(signal: AbortSignal): Promise<void> {
    // Each poll listens to it.
    setMaxListeners(0, signal);
    while (!signal.aborted) {
      this.#lastTickAtMs = performance.now();
      for (
        let due = this.#schedule.take(performance.now());
        due;
        due = this.#schedule.take(performance.now())
      ) {
        this.#begin(due.item, due.dueAtMs, signal);
      }
      await this.#schedule.waitForDue(TICK_MS_MAX, signal);
    }
    await Promise.allSettled(this.#inFlight);
  }

  /** Polls a feed, and returns after how many seconds to do so again. */
  async pollOnce(feed: Feed, signal: AbortSignal, onRequest?: () => void): Promise<number> {
    const failuresBefore = feed.failuresInARow;
    if (feed.name === DISCOVERY) feed.system.discoveryPolledAtMs = performance.now();
    const poll = await pollFeed(feed, this.#dependencies, signal, onRequest);
    if (poll.discovered !== null) this.#adopt(feed.system, poll.discovered);
    if (feed.notFoundInARow > 0 && feed.notFoundInARow % NOT_FOUND_BEFORE_REDISCOVERY === 0) {
      this.#rediscover(feed.system);
    }
    this.#tell(feed, poll, failuresBefore);
    return this.#secondsToNext(feed, poll);
  }

  /** @throws Error when the schedule is not worked off */
  checkAlive(): void {
    const silentMs = performance.now() - this.#lastTickAtMs;
    if (silentMs > STUCK_AFTER_MS)
      throw new Error(`no feed was looked at for ${Math.round(silentMs / 1000)} s`);
  }

  /** @throws Error when there is nothing to record */
  checkSystems(): void {
    if (this.#systems === 0) throw new Error('no systems to record yet');
  }

  #begin(feed: Feed, dueAtMs: number, signal: AbortSignal): void {
    const onRequest = once(() =>
      this.#dependencies.metrics.pollDelay.observe((performance.now() - dueAtMs) / 1000),
    );
    const poll = this.pollOnce(feed, signal, onRequest)
      .catch((error: unknown) => {
        if (signal.aborted) return 0;
        // A mistake of ours, which must not end the recording of this feed, nor of any other.
        this.#dependencies.log.error({ event: 'poll_crashed', ...labelsOf(feed), err: error });
        return BACK_OFF_BASE_SECONDS_MAX;
      })
      .then((seconds) => {
        this.#inFlight.delete(poll);
        this.#schedule.put(feed, performance.now() + seconds * 1000);
      });
    this.#inFlight.add(poll);
  }

  #adopt(system: RecordedSystem, listed: NonNullable<FinishedPoll['discovered']>): void {
    const { added, moved } = adoptFeeds(system, listed);
    const now = performance.now();
    for (const feed of added) this.#schedule.put(feed, now);
    // One that is just being polled at its old place comes back by itself.
    for (const feed of moved) this.#schedule.hasten(feed, now);
  }

  #rediscover(system: RecordedSystem): void {
    const notBefore = system.discoveryPolledAtMs + REDISCOVERY_SECONDS_MIN * 1000;
    this.#schedule.hasten(system.discovery, Math.max(performance.now(), notBefore));
  }

  #secondsToNext(feed: Feed, { answer, succeeded }: FinishedPoll): number {
    const { name, ttlSeconds, failuresInARow } = feed;
    const overrideSeconds = feed.system.settings.interval_seconds;
    const usual = intervalSeconds({ name, ttlSeconds, overrideSeconds }, this.#interval);
    this.#dependencies.metrics.pollInterval.set(labelsOf(feed), usual);
    if (succeeded) return withJitter(usual);
    return backOffSeconds({
      failuresInARow,
      baseSeconds: Math.min(usual, Math.max(BACK_OFF_BASE_SECONDS_MAX, this.#interval.floorSeconds)),
      retryAfterSeconds: answer.outcome === 'failed' ? answer.retryAfterSeconds : null,
    });
  }

  #tell(feed: Feed, { answer, succeeded, discovered }: FinishedPoll, failuresBefore: number): void {
    const { log } = this.#dependencies;
    const reason = answer.outcome === 'failed' ? answer.error : 'unreadable_body';
    if (succeeded && failuresBefore > 0)
      log.info({ event: 'feed_back', ...labelsOf(feed), failures: failuresBefore });
    if (!succeeded && failuresBefore === 0) log.warn({ event: 'feed_failing', ...labelsOf(feed), reason });
    if (discovered !== null && feed.system.feeds.size === 0) {
      log.warn({ event: 'nothing_to_record', ...labelsOf(feed), wanted: feed.system.settings.feeds });
    }
    if (discovered !== null)
      log.debug({ event: 'discovered', ...labelsOf(feed), feeds: feed.system.feeds.size });
  }
}

function labelsOf(feed: Feed): { system: string; feed: string } {
  return { system: feed.system.settings.id, feed: feed.name };
}

/** A redirect is a second request of the same poll. */
function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
