import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { createSystem, type Feed, type RecordedSystem, type SystemSettings } from '../fetch/feed.ts';
import { FeedFetcher } from '../fetch/fetch-feed.ts';
import {
  discoveryOf,
  type FeedServer,
  json,
  jsonWithEtag,
  startFeedServer,
  statusOf,
} from '../fetch/test-feed-server.ts';
import type { Log } from '../log.ts';
import { createIngestMetrics } from '../metrics.ts';
import type { BodyFate } from '../publish/publish-buffer.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { HostLimits } from './host-limits.ts';
import { Recorder } from './recorder.ts';

export const NEVER = new AbortController().signal;
export const FEEDS = ['station_status', 'station_information', 'system_information'];

/** Recorders that poll a feed server, and what they published. */
export class TestRecorder implements AsyncDisposable {
  readonly server: FeedServer;
  readonly registry = new Registry();
  readonly published: { poll: PollRecord; fate: BodyFate | null }[] = [];
  readonly #fetcher: FeedFetcher;

  private constructor(server: FeedServer) {
    this.server = server;
    this.#fetcher = new FeedFetcher({
      userAgent: 'velolog/test',
      allowPrivateAddresses: true,
      bodyBytesMax: 32 * 1024 * 1024,
      // Never reached here: a test that has to wait for one of these fails.
      connectTimeoutMs: 600_000,
      headersTimeoutMs: 600_000,
      bodyTimeoutMs: 600_000,
    });
  }

  static async start(): Promise<TestRecorder> {
    return new TestRecorder(await startFeedServer());
  }

  /** Lists FEEDS and trips. station_status has an ETag and a ttl of 15 s. */
  serveCity(): void {
    this.server.answers['/gbfs.json'] = json(discoveryOf(this.server.url, [...FEEDS, 'trips']));
    this.server.answers['/station_status'] = jsonWithEtag(statusOf([1, 2], 15), '"a"');
  }

  create(onPublish: (poll: PollRecord) => void = () => {}, log: Log = silentLog): Recorder {
    const publish = (poll: PollRecord, fate: BodyFate | null): void => {
      this.published.push({ poll, fate });
      onPublish(poll);
    };
    return new Recorder(
      {
        fetcher: this.#fetcher,
        limits: new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 10_000 }),
        publisher: { publish },
        metrics: createIngestMetrics(this.registry),
        log,
      },
      { floorSeconds: 10, staticSeconds: 3600 },
    );
  }

  settingsOf(id: string, more: object = {}): SystemSettings {
    return system.parse({ id, discovery_url: `${this.server.url}/gbfs.json`, ...more });
  }

  /** The discovery of a system that has been polled once, and its feeds. */
  async discovered(
    recorder: Recorder,
    more: object = {},
  ): Promise<{ recorded: RecordedSystem; feed: (name: string) => Feed }> {
    const recorded = createSystem(this.settingsOf('city', more));
    await recorder.pollOnce(recorded.discovery, NEVER);
    return { recorded, feed: (name) => recorded.feeds.get(name) as Feed };
  }

  last(): PollRecord {
    return this.published.at(-1)?.poll as PollRecord;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetcher.close();
    await this.server[Symbol.asyncDispose]();
  }
}
