import type { HealthEvent, StationsEvent, VehiclesEvent } from '../../src/api/events.ts';
import { type EventHandlers, followDirectly, SILENCE_MAX_MS } from './event-stream.ts';

/** An event, and the position of the stream before it: a tab at another position has missed something. */
type Told = { afterMs: number; positionMs: number } & (
  | { kind: 'stations'; data: StationsEvent }
  | { kind: 'vehicles'; data: VehiclesEvent }
  | { kind: 'health'; data: HealthEvent }
);

type Message =
  | { type: 'told'; told: Told }
  | { type: 'connection'; open: boolean }
  /** The server refused the stream: all tabs begin again. */
  | { type: 'ended' }
  /** A new tab gives its position. */
  | { type: 'hello'; id: string; positionMs: number }
  /** What the new tab has missed; null when it is more than the leader remembers. */
  | { type: 'welcome'; id: string; missed: Told[] | null; open: boolean };

/** Enough for a tab that fetches its snapshot while events are sent to the others. */
const REMEMBERED_EVENTS = 50;

/** Part of the names by which tabs find each other, so that pages of incompatible versions never meet. */
const PROTOCOL = 2;

/**
 * Follows the events of a system from a cursor on, over one connection for all tabs of this browser: over HTTP/1.1 a
 * browser has six connections to a server, and a seventh tab with its own stream would wait forever. The tab that holds
 * the lock has the stream and passes its events on; when it closes, the next one continues from its own position. The
 * browser frees the lock of a tab that was closed or has crashed.
 *
 * If a browser has no locks, as on a plain http address of another machine, each visible tab has its own stream.
 *
 * @returns whether the stream was ever open; resolves when it must be begun again with a snapshot
 */
export function followEvents(
  system: string,
  after: string,
  handlers: EventHandlers,
  signal: AbortSignal,
): Promise<boolean> {
  if (navigator.locks === undefined || typeof BroadcastChannel === 'undefined') {
    return followDirectly(system, after, handlers, signal);
  }
  return new SharedStream(system, after, handlers, signal).ended;
}

/**
 * One tab's part in the stream.
 * States: following (from the start) -> leading (with the lock) -> ended.
 */
class SharedStream {
  readonly ended: Promise<boolean>;
  readonly #system: string;
  readonly #handlers: EventHandlers;
  readonly #id = crypto.randomUUID?.() ?? `${Math.random()}`;
  readonly #channel: BroadcastChannel;
  readonly #stop = new AbortController();
  readonly #resolve: (opened: boolean) => void;
  readonly #recent: Told[] = [];
  #positionMs: number;
  #opened = false;
  #open = false;
  #leads = false;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(system: string, after: string, handlers: EventHandlers, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#system = system;
    this.#handlers = handlers;
    this.#positionMs = Number(after);
    const name = `velolog-events-${PROTOCOL}-${system}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener('message', ({ data }: MessageEvent<Message>) => this.#receive(data));
    signal.addEventListener('abort', () => this.#end(), { once: true });
    this.#listenOn();
    navigator.locks.request(name, { signal: this.#stop.signal }, () => this.#lead()).catch(() => {});
    this.#send({ type: 'hello', id: this.#id, positionMs: this.#positionMs });
    if (signal.aborted) this.#end();
  }

  /** Holds the lock while it runs. */
  async #lead(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#leads = true;
    clearTimeout(this.#silence);
    const tell = (told: Told) => {
      this.#recent.push(told);
      if (this.#recent.length > REMEMBERED_EVENTS) this.#recent.shift();
      this.#send({ type: 'told', told });
      this.#take(told);
    };
    const at = (cursor: string) => ({ afterMs: this.#positionMs, positionMs: Number(cursor) });
    await followDirectly(
      this.#system,
      `${this.#positionMs}`,
      {
        stations: (data) => tell({ ...at(data.cursor), kind: 'stations', data }),
        vehicles: (data, cursor) => tell({ ...at(cursor), kind: 'vehicles', data }),
        health: (data) => tell({ ...at(data.cursor), kind: 'health', data }),
        connection: (open) => {
          this.#send({ type: 'connection', open });
          this.#connected(open);
        },
      },
      this.#stop.signal,
    );
    if (this.#stop.signal.aborted) return;
    this.#send({ type: 'ended' });
    this.#end();
  }

  #receive(message: Message): void {
    if (this.#stop.signal.aborted) return;
    if (this.#leads) {
      if (message.type === 'hello') this.#welcome(message);
      return;
    }
    if (message.type === 'hello') return;
    this.#listenOn();
    if (message.type === 'told') this.#take(message.told);
    else if (message.type === 'connection') this.#connected(message.open);
    else if (message.type === 'ended') this.#end();
    else if (message.id === this.#id) {
      for (const told of message.missed ?? []) this.#take(told);
      if (message.missed === null) this.#end();
      else this.#connected(message.open);
    }
  }

  #welcome({ id, positionMs }: { id: string; positionMs: number }): void {
    const first = this.#recent.findIndex(
      (told) => told.afterMs <= positionMs && told.positionMs > positionMs,
    );
    const newestHealth = this.#recent.findLast(({ kind }) => kind === 'health');
    const isThere = positionMs >= this.#positionMs;
    const missed = first === -1 && !isThere ? null : first === -1 ? [] : this.#recent.slice(first);
    if (missed?.length === 0 && newestHealth !== undefined) missed.push(newestHealth);
    this.#send({ type: 'welcome', id, missed, open: this.#open });
  }

  #take(told: Told): void {
    // The leading tab may have been ahead: the events in between were sent before this tab came.
    if (told.afterMs > this.#positionMs) {
      this.#end();
      return;
    }
    if (told.afterMs < this.#positionMs && told.positionMs < this.#positionMs) return;
    if (told.kind === 'health') this.#handlers.health(told.data);
    else if (told.kind === 'vehicles') this.#handlers.vehicles(told.data, `${told.positionMs}`);
    else this.#handlers.stations(told.data);
    this.#positionMs = told.positionMs;
  }

  #connected(open: boolean): void {
    this.#open = open;
    this.#opened ||= open;
    this.#handlers.connection(open);
  }

  /** If the leader is silent for this long, another tab takes over. */
  #listenOn(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#end(), SILENCE_MAX_MS);
  }

  #send(message: Message): void {
    this.#channel.postMessage(message);
  }

  #end(): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#silence);
    this.#stop.abort();
    this.#channel.close();
    this.#resolve(this.#opened);
  }
}
