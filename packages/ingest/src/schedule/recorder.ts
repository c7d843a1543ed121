import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../clock.ts';
import { AccessTokens, type RecalledToken } from '../fetch/access-tokens.ts';
import { type Feed, labelsOf, placeOf, type RecordedSystem, type SystemSettings } from '../fetch/feed.ts';
import { type FinishedPoll, type PollDependencies, pollFeed } from '../fetch/poll-feed.ts';
import { redactText } from '../fetch/redact-url.ts';
import type { Log } from '../log.ts';
import { forgetful, type Politeness } from '../politeness/politeness.ts';
import { adoptFeeds } from '../sources/discover.ts';
import type { SystemStatus } from '../sources/healing.ts';
import { type IntervalSettings, isLive, withJitter } from './interval.ts';
import { ENDED_SECONDS, secondsToNextPoll, secondsToRetry, usualSeconds } from './next-poll.ts';
import { type Remembered, RetiredSystems, remember, startOver } from './retired-systems.ts';
import { Schedule } from './schedule.ts';
import { tellOfPoll } from './tell-of-poll.ts';

/** Between the first polls of two systems, so that 1,500 do not start at the same moment. */
const START_SPACING_MS = 10;
/** The loop wakes up this often even when nothing is due, which shows that it is alive. */
const TICK_MS_MAX = 5000;
const STUCK_AFTER_MS = 60_000;
const CRASHED_POLL_SECONDS = 60;
/** A poll whose repeat would have to wait longer counts as failed at once. */
const REPEAT_SECONDS_MAX = 60;

/**
 * Polls the feeds of any number of systems, each when it is due, from one schedule.
 *
 * A feed is either in the schedule or being polled. It returns to the schedule with its next due time when the poll has
 * finished, so it is never polled twice at once. Discovery is a feed too: it adds the others to the schedule.
 */
export class Recorder {
  readonly #dependencies: PollDependencies & { log: Log };
  readonly #politeness: Politeness;
  readonly #interval: IntervalSettings;
  readonly #clock: Clock;
  readonly #schedule: Schedule<Feed>;
  readonly #inFlight = new Map<Promise<void>, Feed>();
  readonly #systems = new Map<string, RecordedSystem>();
  readonly #retired = new RetiredSystems();
  #systemsAreKnown = false;
  #lastTickAtMs: number;

  constructor(
    dependencies: Omit<PollDependencies, 'clock' | 'tokens'> & { log: Log },
    interval: IntervalSettings,
    clock: Clock = systemClock,
  ) {
    const tokens = new AccessTokens(dependencies.fetcher, dependencies.limits, clock);
    this.#dependencies = { ...dependencies, clock, tokens };
    this.#politeness = dependencies.politeness ?? forgetful;
    this.#interval = interval;
    this.#clock = clock;
    this.#schedule = new Schedule(clock);
    this.#lastTickAtMs = clock.nowMs();
    dependencies.metrics.onCollectInFlight(() => this.#inFlight.size);
  }

  /** Adds systems from any source, at any time. */
  addSystems(systems: SystemSettings[]): void {
    this.#systemsAreKnown = true;
    for (const [index, settings] of systems.entries()) this.#addSystem(settings, index * START_SPACING_MS);
  }

  /**
   * From now on only these systems are recorded. Systems whose settings have not changed continue undisturbed. Nothing
   * is remembered about systems that belong to another worker now (`isElsewhere`), and no body of those that a command
   * took out (`isTakenOut`).
   */
  setSystems(
    systems: SystemSettings[],
    isElsewhere: (settings: SystemSettings) => boolean = () => false,
    isTakenOut: (id: string) => boolean = () => false,
  ): { added: string[]; changed: string[]; removed: string[] } {
    const wanted = new Map(systems.map((settings) => [settings.id, settings]));
    const removed = [...this.#systems.keys()].filter((id) => !wanted.has(id));
    const added = [...wanted.keys()].filter((id) => !this.#systems.has(id));
    const changed = [...this.#systems.values()].flatMap(({ settings }) => {
      const now = wanted.get(settings.id);
      return now === undefined || isDeepStrictEqual(now, settings) ? [] : [settings.id];
    });
    for (const id of [...removed, ...changed]) {
      const settings = this.#systems.get(id)?.settings;
      const isOthers = settings !== undefined && isElsewhere(settings);
      this.#removeSystem(id, !isOthers && isTakenOut(id));
      if (isOthers) this.#retired.forget(placeOf(settings));
    }
    this.addSystems([...added, ...changed].flatMap((id) => wanted.get(id) ?? []));
    return { added, changed, removed };
  }

  /** Adds what others wrote about systems that may be recorded here from now on. */
  recall(place: string, remembered: Remembered): void {
    this.#retired.put(place, remembered, this.#clock.nowMs());
  }

  /** Adds what others wrote about a token endpoint. */
  recallToken(key: string, recalled: RecalledToken): void {
    this.#dependencies.tokens.recall(key, recalled);
  }

  /** Null when the system is not recorded here. */
  statusOf(id: string): SystemStatus | null {
    const system = this.#systems.get(id);
    if (system === undefined) return null;
    const { failingSinceMs } = system.discovery;
    return {
      failingMs: failingSinceMs === null ? null : this.#clock.nowMs() - failingSinceMs,
      ending: system.answers410 ? 'http_410' : system.isTerminated ? 'terminated' : null,
    };
  }

  /** Nothing is expected of the system any more: it is polled once a day until its discovery answers. */
  endSystem(id: string): void {
    const system = this.#systems.get(id);
    if (system === undefined || system.hasEnded) return;
    system.hasEnded = true;
    for (const feed of [system.discovery, ...system.feeds.values()]) {
      if (this.#schedule.remove(feed) === undefined) continue;
      this.#put(feed, this.#clock.nowMs() + withJitter(ENDED_SECONDS) * 1000);
      this.#politeness.note(feed);
    }
  }

  /** Resolves when no request is under way for a system that is no longer recorded here. */
  async settled(): Promise<void> {
    const left = [...this.#inFlight].filter(([, { system }]) => system.ended.signal.aborted);
    await Promise.allSettled(left.map(([poll]) => poll));
  }

  async pollForever(signal: AbortSignal): Promise<void> {
    // Each poll adds a listener to the signal.
    setMaxListeners(0, signal);
    while (!signal.aborted) {
      this.#lastTickAtMs = this.#clock.nowMs();
      for (
        let due = this.#schedule.take(this.#clock.nowMs());
        due;
        due = this.#schedule.take(this.#clock.nowMs())
      ) {
        this.#begin(due.item, due.dueAtMs, signal);
      }
      await this.#schedule.waitForDue(TICK_MS_MAX, signal);
    }
    this.#dependencies.tokens.close();
    await Promise.allSettled(this.#inFlight.keys());
  }

  /** Polls a feed and returns the seconds until its next poll. */
  async pollOnce(feed: Feed, signal: AbortSignal, onRequest?: () => void): Promise<number> {
    const failuresBefore = feed.failuresInARow;
    const retrySeconds = this.#retrySeconds(feed);
    // A feed that failed before must wait longer each time.
    const isPatient = failuresBefore === 0 && retrySeconds <= REPEAT_SECONDS_MAX;
    const repeatAfterSeconds = isPatient ? retrySeconds : null;
    const { isTerminated } = feed.system;
    const poll = await pollFeed(feed, this.#dependencies, signal, {
      onRequest,
      repeatAfterSeconds,
      retrySeconds,
    });
    if (poll.discovered !== null) this.#adopt(feed.system, poll.discovered);
    if (feed === feed.system.discovery) this.#noteEnd(feed.system, poll);
    if (isTerminated && !feed.system.isTerminated) this.#hastenAll(feed.system);
    tellOfPoll(this.#dependencies.log, feed, poll, failuresBefore);
    return this.#secondsToNext(feed, poll);
  }

  /** @throws Error when the schedule does not run */
  checkAlive(): void {
    const silentMs = this.#clock.nowMs() - this.#lastTickAtMs;
    if (silentMs > STUCK_AFTER_MS)
      throw new Error(`the schedule has not run for ${Math.round(silentMs / 1000)} s`);
  }

  /** @throws Error until the systems to record are known; an empty list is an answer, too */
  checkSystems(): void {
    if (!this.#systemsAreKnown) throw new Error('the list of systems to record is not known yet');
  }

  #addSystem(settings: SystemSettings, afterMs: number): void {
    const nowMs = this.#clock.nowMs();
    const system = this.#retired.revive(settings);
    this.#systems.set(settings.id, system);
    for (const feed of [system.discovery, ...system.feeds.values()])
      this.#put(feed, Math.max(nowMs + afterMs, Math.min(feed.dueAtMs, this.#latestMs(feed, nowMs))));
  }

  /** By when it is polled after its settings may have changed: a shorter interval applies at once. Back-off and the end of a system stay. */
  #latestMs({ name, system, failuresInARow }: Feed, nowMs: number): number {
    const { interval_seconds } = system.settings;
    const waits = failuresInARow > 0 || system.hasEnded || system.isTerminated;
    if (interval_seconds === undefined || waits || !isLive(name)) return Number.POSITIVE_INFINITY;
    return nowMs + interval_seconds * 1000;
  }

  #removeSystem(id: string, isTakenOut: boolean): void {
    const system = this.#systems.get(id);
    if (system === undefined) return;
    this.#systems.delete(id);
    const nowMs = this.#clock.nowMs();
    for (const feed of [system.discovery, ...system.feeds.values()]) {
      this.#schedule.remove(feed);
      // Its request may have reached its publisher. A poll that still waits for its turn, or for a token, has asked nobody.
      if (feed.underWay) feed.dueAtMs = feed.notBeforeMs = nowMs + this.#retrySeconds(feed) * 1000;
      this.#dependencies.metrics.feeds.forget(id, feed.name);
    }
    system.ended.abort(new Error(`${id} is no longer recorded`));
    if (isTakenOut) {
      startOver(system);
      for (const feed of [system.discovery, ...system.feeds.values()]) this.#politeness.note(feed);
    }
    this.#retired.put(placeOf(system.settings), remember(system), nowMs);
  }

  #begin(feed: Feed, dueAtMs: number, stop: AbortSignal): void {
    const { ended } = feed.system;
    const signal = AbortSignal.any([stop, ended.signal]);
    const onRequest = once(() =>
      this.#dependencies.metrics.poll_delay_seconds.observe((this.#clock.nowMs() - dueAtMs) / 1000),
    );
    const poll = this.pollOnce(feed, signal, onRequest)
      .catch((error: unknown) => {
        if (signal.aborted) return feed.underWay ? this.#retrySeconds(feed) : this.#secondsToDue(feed);
        // An error of ours must not end the recording of this feed or of any other. Such messages quote the value that
        // caused them, so the trace is redacted.
        const trace = redactText(String((error as Error | null)?.stack ?? error));
        this.#dependencies.log.error({ event: 'poll_crashed', ...labelsOf(feed), trace });
        return Math.max(CRASHED_POLL_SECONDS, this.#retrySeconds(feed));
      })
      .then((seconds) => {
        this.#inFlight.delete(poll);
        feed.underWay = false;
        const dueAtMs = this.#clock.nowMs() + seconds * 1000;
        if (ended.signal.aborted || !isFeedOf(feed.system, feed)) {
          feed.dueAtMs = dueAtMs;
          this.#dependencies.metrics.feeds.forget(feed.system.settings.id, feed.name);
        } else {
          this.#put(feed, dueAtMs);
        }
        this.#politeness.note(feed);
      });
    this.#inFlight.set(poll, feed);
  }

  #put(feed: Feed, dueAtMs: number): void {
    feed.dueAtMs = dueAtMs;
    this.#schedule.put(feed, dueAtMs);
  }

  #hasten(feed: Feed): void {
    const dueAtMs = Math.max(this.#clock.nowMs(), feed.notBeforeMs);
    this.#schedule.hasten(feed, dueAtMs);
    feed.dueAtMs = Math.min(feed.dueAtMs, dueAtMs);
  }

  #hastenAll({ feeds }: RecordedSystem): void {
    for (const feed of feeds.values()) this.#hasten(feed);
  }

  #adopt(system: RecordedSystem, listed: NonNullable<FinishedPoll['discovered']>): void {
    if (system.ended.signal.aborted) return;
    const { added, moved, renamed } = adoptFeeds(system, listed);
    for (const feed of renamed) {
      this.#schedule.remove(feed);
      this.#dependencies.metrics.feeds.forget(system.settings.id, feed.name);
    }
    for (const feed of added) this.#put(feed, this.#clock.nowMs());
    // A feed that is being polled at its old URL right now returns to the schedule by itself.
    for (const feed of moved) this.#hasten(feed);
  }

  #secondsToNext(feed: Feed, poll: FinishedPoll): number {
    feed.notBeforeMs = this.#clock.nowMs() + this.#retrySeconds(feed) * 1000;
    const { feeds } = this.#dependencies.metrics;
    feeds.of(feed.system.settings.id, feed.name).intervalSeconds = usualSeconds(feed, this.#interval);
    return secondsToNextPoll(feed, poll, this.#interval);
  }

  /** Notes whether the system has ended: only a 410 or a success tells. */
  #noteEnd(system: RecordedSystem, { answer, problem }: FinishedPoll): void {
    const { log } = this.#dependencies;
    const { id } = system.settings;
    if (answer.http_status === 410 || problem === null) system.answers410 = problem !== null;
    if (!system.hasEnded && answer.http_status === 410) {
      system.hasEnded = true;
      log.warn({
        event: 'system_ended',
        system: id,
        hint: 'polled once a day from now on, in case it comes back',
      });
    } else if (system.hasEnded && problem === null) {
      system.hasEnded = false;
      log.info({ event: 'system_back', system: id });
      this.#hastenAll(system);
    }
  }

  #secondsToDue({ dueAtMs }: Feed): number {
    return Math.max(0, dueAtMs - this.#clock.nowMs()) / 1000;
  }

  #retrySeconds(feed: Feed): number {
    return secondsToRetry(feed, this.#interval);
  }
}

/** The feed's list may have another name by the time a poll is over. */
function isFeedOf({ discovery, feeds }: RecordedSystem, feed: Feed): boolean {
  return feed === discovery || feeds.get(feed.name) === feed;
}

/** For redirects, which are a second request of the same poll. */
function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
