import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { PollRecord } from '@velolog/stream/poll-record';
import type { FetchFailureCode } from '../fetch/codes.ts';

/**
 * What became of a published body, shared by its record and the records of the 304s that refer to it. If it was
 * dropped, the store will never see it, so those 304s would refer to a body that nobody has.
 */
export type BodyFate = {
  dropped: boolean;
  /** Dropped because Kafka refused it for its size. */
  tooLarge?: boolean;
  /** Where Kafka keeps it; absent until Kafka has acknowledged it. */
  kept?: { topic: string; topicId: string | null; partition: number; offset: bigint };
};

export type BufferedPoll = {
  poll: PollRecord;
  fate: BodyFate | null;
  /** Size as sent. */
  sentBytes: number;
  /** Size as kept here. */
  bytes: number;
  packed: boolean;
};

/** Approximate size of a record's headers and bookkeeping. */
export const RECORD_OVERHEAD_BYTES = 1024;
/** Smaller bodies are not worth compressing. */
const PACKED_FROM_BYTES = 4096;

/**
 * Polls on their way to Kafka, oldest first, bounded by bytes. Taken polls count until they are settled, put back or
 * discarded, and are not dropped in that time: Kafka may already have them. Polls that wait long are compressed, so the
 * buffer holds 10 to 30 times as many bodies.
 */
export class PublishBuffer {
  readonly #bytesMax: number;
  readonly #onDropped: (poll: PollRecord) => void;
  #waiting: BufferedPoll[] = [];
  #waitingBytes = 0;
  #takenBytes = 0;
  #takenCount = 0;

  constructor(bytesMax: number, onDropped: (poll: PollRecord) => void) {
    this.#bytesMax = bytesMax;
    this.#onDropped = onDropped;
  }

  get bytes(): number {
    return this.#waitingBytes + this.#takenBytes;
  }

  /** Polls that are not taken. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Polls that Kafka has not acknowledged, taken or not. */
  get unsettled(): number {
    return this.#waiting.length + this.#takenCount;
  }

  get isSettled(): boolean {
    return this.bytes === 0;
  }

  push(poll: PollRecord, fate: BodyFate | null, options: { pack: boolean } = { pack: false }): void {
    const bytes = poll.body.length + RECORD_OVERHEAD_BYTES;
    const buffered = { poll, fate, bytes, sentBytes: bytes, packed: false };
    if (options.pack) pack(buffered);
    this.#waiting.push(buffered);
    this.#waitingBytes += buffered.bytes;
    this.#dropBeyondMax();
  }

  /** Takes the oldest polls, up to `bytesMax` as sent, but at least one. Drops 304s that refer to a dropped body. */
  take(bytesMax: number): BufferedPoll[] {
    let sentBytes = 0;
    let count = 0;
    for (const next of this.#waiting) {
      if (count > 0 && sentBytes + next.sentBytes > bytesMax) break;
      sentBytes += next.sentBytes;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    this.#waitingBytes -= sumBytes(taken);
    const [kept, groundless] = partition(taken, ({ fate }) => fate?.dropped !== true);
    for (const { poll } of groundless) this.#onDropped(poll);
    this.#takenBytes += sumBytes(kept);
    this.#takenCount += kept.length;
    return kept;
  }

  /** The taken polls have arrived. */
  settle(taken: BufferedPoll[]): void {
    this.#takenBytes -= sumBytes(taken);
    this.#takenCount -= taken.length;
  }

  /** The taken polls could not be sent: they are the oldest again. */
  putBack(taken: BufferedPoll[]): void {
    this.#takenBytes -= sumBytes(taken);
    this.#takenCount -= taken.length;
    for (const buffered of taken) pack(buffered);
    this.#waitingBytes += sumBytes(taken);
    this.#waiting = [...taken, ...this.#waiting];
    this.#dropBeyondMax();
  }

  /** The body of the taken poll can never be sent: a failed poll replaces it, as the oldest. */
  replaceByFailure(taken: BufferedPoll, error: FetchFailureCode): void {
    this.#takenBytes -= taken.bytes;
    this.#takenCount -= 1;
    this.#drop(taken);
    const poll: PollRecord = { ...taken.poll, outcome: 'failed', error, body: Buffer.alloc(0) };
    const bytes = RECORD_OVERHEAD_BYTES;
    this.#waiting.unshift({ poll, fate: null, bytes, sentBytes: bytes, packed: false });
    this.#waitingBytes += bytes;
  }

  #dropBeyondMax(): void {
    let count = 0;
    for (const oldest of this.#waiting) {
      if (this.bytes <= this.#bytesMax) break;
      this.#waitingBytes -= oldest.bytes;
      this.#drop(oldest);
      count++;
    }
    if (count > 0) this.#waiting.splice(0, count);
  }

  #drop({ poll, fate }: BufferedPoll): void {
    // A lost 304 costs some unobserved time; a lost body makes every 304 after it meaningless.
    if (fate !== null && poll.outcome === 'fetched') fate.dropped = true;
    this.#onDropped(poll);
  }
}

/** The poll as it was pushed. */
export function unpacked({ poll, packed }: BufferedPoll): PollRecord {
  return packed ? { ...poll, body: zstdDecompressSync(poll.body) } : poll;
}

function pack(buffered: BufferedPoll): void {
  const { poll, packed } = buffered;
  if (packed || poll.body.length < PACKED_FROM_BYTES) return;
  buffered.poll = { ...poll, body: zstdCompressSync(poll.body, PACKING) };
  buffered.bytes = buffered.poll.body.length + RECORD_OVERHEAD_BYTES;
  buffered.packed = true;
}

// Level 1 compresses about 500 MB a second.
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

function sumBytes(polls: BufferedPoll[]): number {
  return polls.reduce((sum, { bytes }) => sum + bytes, 0);
}

function partition<T>(all: T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}
