import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { type Clock, systemClock } from '../clock.ts';
import { createIngestMetrics } from '../metrics.ts';
import { forgetful } from '../politeness/politeness.ts';
import { recalledToken } from '../politeness/recalled.ts';
import type { TokenNote } from '../politeness/token-note.ts';
import { HostLimits } from '../schedule/host-limits.ts';
import { Recorder } from '../schedule/recorder.ts';
import { resolveSecrets } from '../sources/secrets/resolve-secrets.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { createSystem, type Feed, type RecordedSystem } from './feed.ts';
import { FeedFetcher } from './fetch-feed.ts';
import { discoveryOf, type FeedServer, json, startFeedServer, statusOf } from './test-feed-server.ts';

export const never = new AbortController().signal;
// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in systems.json
export const SECRET = '${CITY_SECRET}';

/** A publisher that asks for access tokens, and the ingest workers that poll it one after the other, on a clock that moves only by `pass`. */
export class TokenIngest implements AsyncDisposable {
  readonly server: FeedServer;
  readonly fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 1024 * 1024,
    // Never reached here: a test that would have to wait for one fails.
    connectTimeoutMs: 600_000,
    headersTimeoutMs: 600_000,
    bodyTimeoutMs: 600_000,
  });
  /** The worker that polls now. */
  recorder: Recorder;
  readonly published: PollRecord[] = [];
  /** Tokens that the publisher takes now. */
  readonly valid = new Set<string>();
  issued = 0;
  readonly forms: string[] = [];
  /** What ingest writes for the next worker, and when. */
  readonly notes = new Map<string, { note: TokenNote; atMs: number }>();
  readonly waits: [host: string, seconds: number][] = [];
  nowMs = 1_000_000;
  timers: { atMs: number; run: () => void }[] = [];
  readonly #clock: Clock = {
    ...systemClock,
    nowMs: () => this.nowMs,
    after: (ms, run) => {
      const timer = { atMs: this.nowMs + ms, run };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((other) => other !== timer);
      };
    },
  };

  private constructor(server: FeedServer) {
    this.server = server;
    server.answers['/token'] = this.giveToken({ expires_in: 600 });
    server.answers['/gbfs.json'] = this.#guarded(
      discoveryOf(server.url, ['station_status', 'station_information']),
    );
    server.answers['/station_status'] = this.#guarded(statusOf([1, 2]));
    this.recorder = this.#startRecorder();
  }

  static async start(): Promise<TokenIngest> {
    return new TokenIngest(await startFeedServer());
  }

  /** The next worker, which knows what the ones before noted. Nothing runs in those any more. */
  restart(): void {
    this.timers = [];
    this.recorder = this.#startRecorder();
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const { atMs, run } of this.timers) if (atMs <= this.nowMs) run();
  }

  giveToken(more: object) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      let form = '';
      request.on('data', (part) => (form += part));
      request.on('end', () => {
        this.forms.push(form);
        this.issued += 1;
        this.valid.add(`token-${this.issued}`);
        json({ access_token: `token-${this.issued}`, token_type: 'bearer', ...more })(request, response);
      });
    };
  }

  /** Polls the discovery file of a system. Returns the feed that it then knows: discovery itself where it failed. */
  async discovered(id = 'city', more: object = {}): Promise<Feed> {
    const recorded = this.guardedSystem(id, more);
    await this.recorder.pollOnce(recorded.discovery, never);
    return recorded.feeds.get('station_status') ?? recorded.discovery;
  }

  guardedSystem(id = 'city', more: object = {}): RecordedSystem {
    const authentication = {
      type: 'oauth2',
      token_url: `${this.server.url}/token`,
      client_id: 'me',
      client_secret: SECRET,
      ...more,
    };
    const settings = system.parse({ id, discovery_url: `${this.server.url}/gbfs.json`, authentication });
    return createSystem(resolveSecrets(settings, { CITY_SECRET: 's3cret' }));
  }

  asked(path: string) {
    return this.server.requests.filter((request) => request.path === path);
  }

  last(): PollRecord | undefined {
    return this.published.at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fetcher.close();
    await this.server[Symbol.asyncDispose]();
  }

  #guarded(document: unknown) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      if (this.valid.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
        json(document)(request, response);
      else response.writeHead(401).end();
    };
  }

  #startRecorder(): Recorder {
    const put = (key: string, note: TokenNote): void => void this.notes.set(key, { note, atMs: this.nowMs });
    const keeper = {
      claim: async (key: string, note: TokenNote) => put(key, note),
      note: put,
      wait: (host: string, seconds: number) => void this.waits.push([host, seconds]),
    };
    const started = new Recorder(
      {
        fetcher: this.fetcher,
        limits: new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 10_000 }),
        publisher: { publish: (poll) => void this.published.push(poll) },
        metrics: createIngestMetrics(new Registry()),
        politeness: { ...forgetful, tokenKeeper: () => keeper },
        log: silentLog,
      },
      { floorSeconds: 10, staticSeconds: 3600 },
      this.#clock,
    );
    for (const [key, { note, atMs }] of this.notes)
      started.recallToken(key, recalledToken(note, this.nowMs - atMs, this.nowMs));
    return started;
  }
}
