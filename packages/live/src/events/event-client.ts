import type { ServerResponse } from 'node:http';
import { HEARTBEAT, RETRY } from './event-frame.ts';

/** A client with more unsent data than this no longer keeps up: it is cut off, and resumes where it was. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Consecutive heartbeats that found earlier bytes still unsent. */
const STUCK_HEARTBEATS_MAX = 3;

type CloseReason = 'gone' | 'slow' | 'stopped';

/**
 * One connection that follows events.
 * States: waiting (nothing written, another answer is still possible) -> open -> closed. All frames are shared: what a
 * slow client has not received costs only a reference, and exceeds the limit at most by what is sent in one turn.
 */
export class EventClient {
  /** Everything up to here has been written. Null when the client begins with the present. */
  positionMs: number | null;
  readonly #response: ServerResponse;
  readonly #headers: Record<string, string>;
  readonly #onClose: (reason: CloseReason) => void;
  #stuckHeartbeats = 0;
  /**
   * Bytes written in this turn of the event loop, which nobody could have received yet: a large list and the health event after it count
   * together.
   */
  #justWrittenBytes = 0;
  #closed = false;

  constructor(
    response: ServerResponse,
    options: {
      positionMs: number | null;
      headers: Record<string, string>;
      onClose: (reason: CloseReason) => void;
    },
  ) {
    this.#response = response;
    this.#headers = options.headers;
    this.#onClose = options.onClose;
    this.positionMs = options.positionMs;
    response.once('close', () => this.#close('gone'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get opened(): boolean {
    return this.#response.headersSent;
  }

  /** Call it once there is certainly something to follow. */
  open(): void {
    if (this.#closed || this.opened) return;
    this.#response.writeHead(200, {
      ...this.#headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Otherwise nginx would hold events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    this.#response.write(RETRY);
  }

  send(frame: Buffer): void {
    if (this.#closed) return;
    this.open();
    if (this.#response.writableLength - this.#justWrittenBytes > UNSENT_BYTES_MAX) {
      this.drop('slow');
      return;
    }
    this.#response.write(frame);
    if (this.#justWrittenBytes === 0) setImmediate(() => this.#turnIsOver());
    this.#justWrittenBytes += frame.length;
  }

  #turnIsOver(): void {
    this.#justWrittenBytes = 0;
  }

  beat(): void {
    if (this.#closed || !this.opened) return;
    this.#stuckHeartbeats = this.#response.writableLength > 0 ? this.#stuckHeartbeats + 1 : 0;
    if (this.#stuckHeartbeats >= STUCK_HEARTBEATS_MAX) this.drop('slow');
    else if (this.#stuckHeartbeats === 0) this.#response.write(HEARTBEAT);
  }

  /** Nothing was written, and another answer will follow. */
  abandon(): void {
    this.#close('stopped');
  }

  /** Cuts the client off. What it has not received is lost with the connection, and so requested again. */
  drop(reason: 'slow' | 'stopped'): void {
    this.#close(reason);
    this.#response.destroy();
  }

  /** Ends the stream normally. */
  end(): void {
    this.#close('stopped');
    this.#response.end();
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(reason);
  }
}
