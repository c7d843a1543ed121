import type { ServerResponse } from 'node:http';
import type { Logger } from '@velolog/worker/logger';
import { ApiProblem, unavailable } from '../api/api-problem.ts';
import { explainFailure } from '../database/explain-failure.ts';
import type { Reader } from '../database/reader.ts';
import type { LiveMetrics } from '../metrics.ts';
import type { DroppedClientCode } from './codes.ts';
import { listenForCommits } from './commit-listener.ts';
import { EventClient } from './event-client.ts';
import { SystemStream } from './system-stream.ts';

export type EventHubOptions = {
  reader: Reader;
  databaseUrl: string;
  clientsMax: number;
  metrics: LiveMetrics;
  log: Logger;
};

const LOOK_MS = 500;
/**
 * Notifications wake the streams; these intervals only make up for a lost one, or for a database that cannot be
 * listened to.
 */
const POLL_LISTENING_MS = 10_000;
const POLL_DEAF_MS = 2_000;
const HEARTBEAT_MS = 20_000;
const HEALTH_SILENCE_MS = 60_000;
/** A system that nobody follows any more is kept for clients that come right back. */
const IDLE_MS = 60_000;
const FULL_RETRY_SECONDS = 30;

/** All event streams: wakes them when something was committed, and counts the clients. */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #streams = new Map<string, SystemStream>();
  readonly #opening = new Map<string, Promise<SystemStream | null>>();
  readonly #clients = new Set<EventClient>();
  readonly #stopping = new AbortController();
  readonly #listener: ReturnType<typeof listenForCommits>;
  readonly #timers: NodeJS.Timeout[];

  constructor(options: EventHubOptions) {
    this.#options = options;
    this.#listener = listenForCommits(options.databaseUrl, {
      onCommit: (systemIds) => this.#wake(systemIds),
      log: (event) => options.log.warn(event),
      signal: this.#stopping.signal,
    });
    this.#timers = [
      setInterval(() => this.#pollDue(), LOOK_MS),
      setInterval(() => {
        for (const client of this.#clients) client.beat();
      }, HEARTBEAT_MS),
    ];
  }

  /**
   * Lets a client follow a system, after a position (see cursor.ts) or from now on, until it disconnects.
   * @returns false when no such system is known
   * @throws ApiProblem when nothing has been written yet: too many clients, or the database is away
   */
  async follow(
    systemId: string,
    client: { response: ServerResponse; headers: Record<string, string>; positionMs: number | null },
  ): Promise<boolean> {
    this.#expectRoom();
    const stream = await this.#streamOf(systemId);
    if (stream === null) return false;
    this.#expectRoom();
    // The client disconnected during the first look, and will not say so again.
    if (client.response.destroyed) return true;
    const { metrics } = this.#options;
    const follower = new EventClient(client.response, {
      ...client,
      onClose: (reason) => {
        this.#clients.delete(follower);
        stream.clients.delete(follower);
        metrics.event_clients.set(this.#clients.size);
        if (reason === 'slow')
          metrics.clients_dropped_total.inc({ reason: reason satisfies DroppedClientCode });
      },
    });
    this.#clients.add(follower);
    metrics.event_clients.set(this.#clients.size);
    try {
      await stream.join(follower);
    } catch (error) {
      if (!follower.opened) {
        follower.abandon();
        throw error;
      }
      // The client has received a part: it reconnects for the rest.
      follower.drop('stopped');
    }
    return true;
  }

  /** Ends all streams. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of this.#clients) client.end();
    await this.#listener.done;
  }

  #expectRoom(): void {
    const { clientsMax, metrics } = this.#options;
    if (this.#stopping.signal.aborted) throw unavailable('The server is stopping; connect again');
    if (this.#clients.size < clientsMax) return;
    metrics.clients_dropped_total.inc({ reason: 'refused' satisfies DroppedClientCode });
    throw unavailable(`${clientsMax} clients already follow events; try again later`, FULL_RETRY_SECONDS);
  }

  /** One stream per system; none for an unknown system, however often it is requested. */
  #streamOf(systemId: string): Promise<SystemStream | null> | SystemStream {
    const known = this.#streams.get(systemId);
    if (known !== undefined) return known;
    let opening = this.#opening.get(systemId);
    if (opening === undefined) {
      opening = this.#open(systemId).finally(() => this.#opening.delete(systemId));
      this.#opening.set(systemId, opening);
    }
    return opening;
  }

  async #open(systemId: string): Promise<SystemStream | null> {
    const stream = new SystemStream(systemId, this.#options.reader, this.#options.metrics);
    await stream.advance('client');
    if (!stream.exists) return null;
    this.#streams.set(systemId, stream);
    return stream;
  }

  #wake(systemIds: string[] | null): void {
    for (const stream of this.#streams.values()) {
      const isMeant = systemIds === null || systemIds.includes(stream.systemId);
      if (isMeant && stream.isFollowed) void this.#advance(stream, 'notify');
    }
  }

  #pollDue(): void {
    const now = performance.now();
    for (const [systemId, stream] of this.#streams) {
      const silentMs = now - stream.lookedAt;
      if (stream.isFollowed) {
        const pollMs = this.#listener.listening && !stream.isAway ? POLL_LISTENING_MS : POLL_DEAF_MS;
        if (silentMs > pollMs) void this.#advance(stream, 'poll');
        if (now - stream.toldAt > HEALTH_SILENCE_MS) stream.repeatHealth();
      } else if (silentMs > IDLE_MS) {
        this.#streams.delete(systemId);
      }
    }
  }

  async #advance(stream: SystemStream, by: 'notify' | 'poll'): Promise<void> {
    try {
      await stream.advance(by);
    } catch (error) {
      if (!(explainFailure(error) instanceof ApiProblem))
        this.#options.log.error({ event: 'events_failed', err: error });
      stream.tellDatabase('away');
    }
  }
}
