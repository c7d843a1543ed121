import type { HealthEvent, StationsEvent } from '../api/events.ts';
import type { Reader } from '../database/reader.ts';
import { DAY_MS } from '../database/window.ts';
import type { LiveMetrics } from '../metrics.ts';
import { type News, readNews } from '../questions/read-news.ts';
import type { EventClient } from './event-client.ts';
import { eventFrame } from './event-frame.ts';
import { VehicleWatch } from './vehicle-watch.ts';

/** One step of the stream, from one position to the next. */
type Update = { afterMs: number; positionMs: number; frames: Buffer[]; bytes: number };

const RECENT_BYTES_MAX = 2 * 1024 * 1024;
/** A client that was away longer gets all stations, and reads the changes from /changes. */
const CHANGES_BACK_MS = DAY_MS;

/**
 * The events of one system for all its clients. A position is the time of the newest list that has been sent (see
 * cursor.ts for why that is enough). `advance` reads once what came after it and sends it to every client. A client at
 * another position is first brought to the position of the stream, from the recent updates or by a separate query, and
 * only then follows. So each client gets each update exactly once.
 */
export class SystemStream {
  readonly systemId: string;
  readonly clients = new Set<EventClient>();
  /** Null until the first look. */
  positionMs: number | null = null;
  /** When it last looked, and when it last sent something, in the time of performance.now(). */
  lookedAt = 0;
  toldAt = 0;
  readonly #reader: Reader;
  readonly #metrics: LiveMetrics;
  readonly #recent: Update[] = [];
  #recentBytes = 0;
  #health: HealthEvent | null = null;
  #advancing: Promise<void> | null = null;
  #again: Promise<void> | null = null;
  #joining = 0;
  readonly #missed = new Map<number, Promise<Update>>();
  readonly #vehicles: VehicleWatch;

  constructor(systemId: string, reader: Reader, metrics: LiveMetrics) {
    this.systemId = systemId;
    this.#reader = reader;
    this.#metrics = metrics;
    this.#vehicles = new VehicleWatch(systemId, reader);
  }

  /** Whether somebody waits for news. */
  get isFollowed(): boolean {
    return this.clients.size > 0 || this.#joining > 0;
  }

  get isAway(): boolean {
    return this.#health?.database === 'away';
  }

  /** Whether the system exists at all; known after the first look. */
  get exists(): boolean {
    return this.#health !== null && this.#health.feeds.length > 0;
  }

  /**
   * Reads once what is new and sends it. Calls during a look share one more look, because they may be about data that
   * the running query cannot see.
   */
  advance(by: 'notify' | 'poll' | 'client'): Promise<void> {
    this.#metrics.wakeups_total.inc({ by });
    return this.#advance();
  }

  #advance(): Promise<void> {
    if (this.#advancing === null) {
      this.#advancing = this.#look().finally(() => {
        this.#advancing = null;
      });
      return this.#advancing;
    }
    this.#again ??= this.#advancing
      .catch(() => {})
      .then(() => {
        this.#again = null;
        return this.#advance();
      });
    return this.#again;
  }

  /**
   * Brings a client to the stream's position and lets it follow.
   * @throws the database's error, before or after something was written
   */
  async join(client: EventClient): Promise<void> {
    this.#joining += 1;
    try {
      // Without clients nobody has looked for a while.
      if (this.clients.size === 0) await this.advance('client');
      while (!client.closed && client.positionMs !== this.positionMs) {
        const before = [client.positionMs, this.positionMs];
        await this.#approach(client);
        // If nothing moved, nothing ever would, and a loop that never waits blocks the whole server.
        if (before[0] === client.positionMs && before[1] === this.positionMs)
          throw new TypeError(`No update leads a client of ${this.systemId} on from ${client.positionMs}`);
      }
      if (client.closed) return;
      if (this.clients.size === 0) this.toldAt = performance.now();
      this.clients.add(client);
    } finally {
      this.#joining -= 1;
    }
    client.open();
    if (this.#health !== null) client.send(healthFrame(this.#health));
  }

  /** The database went away, or is back. */
  tellDatabase(database: HealthEvent['database']): void {
    if (this.#health === null || this.#health.database === database) return;
    this.#health = { ...this.#health, database };
    this.#tell([healthFrame(this.#health)]);
  }

  /** Sends the known health once more, because some clients take a long silence for the end of the connection. */
  repeatHealth(): void {
    if (this.#health !== null) this.#tell([healthFrame(this.#health)]);
  }

  async #approach(client: EventClient): Promise<void> {
    const positionMs = this.positionMs as number;
    if (client.positionMs === null) {
      client.positionMs = positionMs;
      return;
    }
    if (client.positionMs > positionMs) {
      await this.advance('client');
      // A position that this history has not reached belongs to another history: such a client gets everything.
      if (client.positionMs > (this.positionMs as number)) client.positionMs = 0;
      return;
    }
    const at = this.#recent.findIndex(({ afterMs }) => afterMs === client.positionMs);
    const updates = at === -1 ? [await this.#missedSince(client.positionMs)] : this.#recent.slice(at);
    for (const { frames, positionMs } of updates) {
      for (const frame of frames) client.send(frame);
      client.positionMs = positionMs;
    }
    // The query may have seen more than the stream has sent so far.
    if ((client.positionMs as number) > (this.positionMs as number)) await this.advance('client');
  }

  /** One query for all clients that return at the same position at the same time. */
  #missedSince(afterMs: number): Promise<Update> {
    let update = this.#missed.get(afterMs);
    if (update === undefined) {
      update = this.#readMissed(afterMs).finally(() => this.#missed.delete(afterMs));
      this.#missed.set(afterMs, update);
    }
    return update;
  }

  async #readMissed(afterMs: number): Promise<Update> {
    this.#metrics.queries_total.inc({ for: 'missed' });
    const changesSinceMs = (this.positionMs as number) - CHANGES_BACK_MS;
    const news = await readNews(this.#reader, this.systemId, afterMs, changesSinceMs);
    const positionMs = positionOf(news);
    return updateOf(afterMs, positionMs, hasNews(news) ? [stationsFrame(news, positionMs)] : []);
  }

  async #look(): Promise<void> {
    this.lookedAt = performance.now();
    this.#metrics.queries_total.inc({ for: 'news' });
    const afterMs = this.positionMs;
    const news = await readNews(this.#reader, this.systemId, afterMs, (afterMs ?? 0) - CHANGES_BACK_MS);
    const positionMs = positionOf(news);
    const vehicles = await this.#vehicles.look(news.vehicleList, `${positionMs}`);
    const health = { ...healthOf(news, positionMs), vehicles: this.#vehicles.list };
    const frames: Buffer[] = [];
    if (hasNews(news)) frames.push(stationsFrame(news, positionMs));
    const stationsToldIt = frames.length > 0;
    if (vehicles !== null) frames.push(vehicles);
    if (isWorthTelling(this.#health, health, stationsToldIt)) frames.push(healthFrame(health));
    this.#health = health;
    this.positionMs = positionMs;
    if (afterMs === null) return;
    // Positions only grow. If one shrinks, the history was replaced, and no old position leads to it.
    if (positionMs < afterMs) this.#forgetRecent();
    else if (positionMs > afterMs) this.#remember(updateOf(afterMs, positionMs, frames));
    this.#tell(frames);
  }

  #tell(frames: Buffer[]): void {
    if (frames.length > 0) this.toldAt = performance.now();
    for (const client of this.clients) {
      for (const frame of frames) client.send(frame);
      client.positionMs = this.positionMs;
    }
    this.#metrics.events_total.inc(frames.length * this.clients.size);
  }

  #remember(update: Update): void {
    this.#recent.push(update);
    this.#recentBytes += update.bytes;
    while (this.#recentBytes > RECENT_BYTES_MAX && this.#recent.length > 1) {
      this.#recentBytes -= this.#recent.shift()?.bytes ?? 0;
    }
  }

  #forgetRecent(): void {
    this.#recent.length = 0;
    this.#recentBytes = 0;
  }
}

function positionOf({ observedAt }: News): number {
  return observedAt === null ? 0 : Date.parse(observedAt);
}

function hasNews({ stations, changes }: News): boolean {
  return stations.length > 0 || changes.length > 0;
}

function stationsFrame(news: News, positionMs: number): Buffer {
  const { observedAt: observed_at, stations, changes, changesOmitted: changes_omitted } = news;
  const cursor = `${positionMs}`;
  return eventFrame('stations', cursor, {
    cursor,
    observed_at,
    stations,
    changes,
    changes_omitted,
  } satisfies StationsEvent);
}

function healthFrame(health: HealthEvent): Buffer {
  return eventFrame('health', health.cursor, health);
}

function healthOf(
  { observedAt, feeds, informationVersion }: News,
  positionMs: number,
): Omit<HealthEvent, 'vehicles'> {
  return {
    cursor: `${positionMs}`,
    observed_at: observedAt,
    database: 'ok',
    information_version: informationVersion,
    feeds,
  };
}

/**
 * A poll that only confirms values is sent when no other event shows it. That a feed broke or names changed is always
 * sent.
 */
function isWorthTelling(before: HealthEvent | null, now: HealthEvent, stationsToldIt: boolean): boolean {
  if (before === null || essence(before) !== essence(now)) return true;
  return !stationsToldIt && JSON.stringify(before) !== JSON.stringify(now);
}

function essence({ database, information_version, feeds, vehicles }: HealthEvent): string {
  const states = feeds.map((feed) => [
    feed.feed,
    feed.overdue,
    feed.is_archive,
    feed.consecutive_failures,
    feed.last_error,
    feed.stations_skipped,
  ]);
  return JSON.stringify([database, information_version, states, vehicles?.feed]);
}

function updateOf(afterMs: number, positionMs: number, frames: Buffer[]): Update {
  return { afterMs, positionMs, frames, bytes: frames.reduce((bytes, frame) => bytes + frame.length, 100) };
}
