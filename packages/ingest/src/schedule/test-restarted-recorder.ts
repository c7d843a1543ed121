import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { type Feed, placeOf } from '../fetch/feed.ts';
import { FeedFetcher } from '../fetch/fetch-feed.ts';
import { createIngestMetrics } from '../metrics.ts';
import { noteOf, parseFeedNote } from '../politeness/feed-note.ts';
import { forgetful, type Politeness } from '../politeness/politeness.ts';
import { recalledSystems } from '../politeness/recalled.ts';
import { silentLog } from '../test-log.ts';
import { Recorder } from './recorder.ts';
import { CountedLimits } from './test-counted-limits.ts';
import { SimulatedClock } from './test-simulated-clock.ts';

type Seen = Pick<PollRecord, 'feed' | 'outcome'> & { path: string; atSeconds: number };

/** Recorders on a simulated clock, one after the other, each with the notes of those before it. */
export class RestartedRecorder implements AsyncDisposable {
  readonly clock = new SimulatedClock(Date.UTC(2026, 10, 26, 10));
  /** In the order of their ends. */
  readonly polls: Seen[] = [];
  readonly #limits = new CountedLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 2 }, this.clock);
  readonly #notes = new Map<string, { place: string; feed: string; text: string; atMs: number }>();
  readonly #waits = { connectTimeoutMs: 6e8, headersTimeoutMs: 6e8, bodyTimeoutMs: 6e8 };
  readonly #fetcher = new FeedFetcher(
    { userAgent: 'velolog/test', allowPrivateAddresses: true, bodyBytesMax: 1e6, ...this.#waits },
    { clock: this.clock },
  );
  #stop = new AbortController();
  #polling: Promise<void> | undefined;
  recorder = this.#create();

  /** As by a crash and a start: what was noted is all that stays. */
  async restart(): Promise<void> {
    await this.#end();
    this.recorder = this.#create();
    const nowMs = this.clock.nowMs();
    const notes = [...this.#notes.values()].flatMap(({ place, feed, text, atMs }) => {
      const note = parseFeedNote(text);
      return note === null ? [] : [{ place, feed, note, elapsedMs: nowMs - atMs }];
    });
    const log = { topicId: 'one', partitions: new Map([[0, { low: 0n, high: 100n }]]) };
    for (const [place, remembered] of recalledSystems(notes, nowMs, () => log))
      this.recorder.recall(place, remembered);
  }

  async runUntil(seconds: number): Promise<void> {
    this.#polling ??= this.recorder.pollForever(this.#stop.signal);
    await this.clock.runUntil(seconds * 1000, () => this.#limits.inFlight === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await this.#fetcher.close();
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    this.#polling = undefined;
    this.#stop = new AbortController();
  }

  #create(): Recorder {
    const keep = (feed: Feed): void => {
      const place = placeOf(feed.system.settings);
      const atMs = this.clock.nowMs();
      const text = JSON.stringify(noteOf(feed, atMs));
      this.#notes.set(`${feed.name} ${place}`, { place, feed: feed.name, text, atMs });
    };
    const politeness: Politeness = { ...forgetful, claim: async (feed) => keep(feed), note: keep };
    return new Recorder(
      {
        fetcher: this.#fetcher,
        limits: this.#limits,
        publisher: {
          publish: ({ source, feed, outcome }, fate) => {
            const atSeconds = Math.round(this.clock.nowMs() / 1000);
            this.polls.push({ path: new URL(source).pathname, feed, outcome, atSeconds });
            if (fate) fate.kept = { topic: 'velolog.polls', topicId: 'one', partition: 0, offset: 1n };
          },
        },
        metrics: createIngestMetrics(new Registry()),
        politeness,
        log: silentLog,
      },
      { floorSeconds: 10, staticSeconds: 3600 },
      this.clock,
    );
  }
}
