import type { Kafka, Producer } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import {
  ensurePolitenessTopic,
  type PolitenessRecord,
  writePoliteness,
} from '@velolog/stream/politeness-topic';
import type { TopicSettings } from '@velolog/stream/topics';
import { type Clock, waitFor } from '../clock.ts';
import type { Log } from '../log.ts';

/** What is to be written; the value is worked out when it is. null takes the key out. */
export type Note = { key: string; partition: number; value: () => string | null };

/** Notes that nobody waits for are written together. */
const LINGER_MS = 100;
const URGENT_LINGER_MS = 3;
const RETRY_MS = 1000;
/** Nobody waits longer for Kafka. */
const WAIT_MS_MAX = 2000;

/**
 * Writes notes to the topic velolog.politeness, the last one of each key.
 *
 * States: closed -> open (the topic is there) -> away (the last request failed; what is to be written stays) -> open.
 */
export class Notebook {
  readonly #kafka: Kafka;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #producer: Producer;
  readonly #dirty = new Map<string, Note>();
  /** Under way to Kafka. */
  #sent = new Map<string, Note>();
  #waiters: ((isWritten: boolean) => void)[] = [];
  #state: 'closed' | 'open' | 'away' = 'closed';
  #partitions = 0;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #wake = Promise.withResolvers<void>();
  #sending: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka, { clock, log }: { clock: Clock; log: Log }) {
    this.#kafka = kafka;
    this.#clock = clock;
    this.#log = log;
    this.#producer = createProducer(kafka, { retry: { retries: 1, initialRetryTime: 100 } });
  }

  /** @throws TopicTooSmall, or what Kafka says */
  async open(settings: Pick<TopicSettings, 'partitions' | 'replicationFactor'>): Promise<void> {
    if (this.#partitions > 0) return;
    const [partitions] = await Promise.all([
      ensurePolitenessTopic(this.#kafka, settings),
      this.#producer.connect(),
    ]);
    this.#partitions = partitions;
    this.#state = 'open';
  }

  /** The partition of velolog.politeness for one of velolog.systems. */
  partitionFor(partition: number): number {
    return partition % Math.max(1, this.#partitions);
  }

  /** When Kafka last took a note. */
  get writtenAtMs(): number {
    return this.#writtenAtMs;
  }

  note(note: Note): void {
    this.#dirty.set(note.key, note);
    this.#wake.resolve();
  }

  /** What is being sent counts, too: where that fails, it is not tried again. */
  forget(isGone: (note: Note) => boolean): void {
    for (const notes of [this.#dirty, this.#sent])
      for (const [key, note] of notes) if (isGone(note)) notes.delete(key);
  }

  /** Resolves when it is written (true), or cannot be written soon (false). */
  async written(note: Note): Promise<boolean> {
    this.note(note);
    if (this.#state !== 'open') return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiters.push(resolve);
    this.#wake.resolve();
    const callOff = this.#clock.after(WAIT_MS_MAX, () => resolve(false));
    const isWritten = await promise;
    callOff();
    return isWritten;
  }

  /** Writes now. @throws what Kafka says */
  async write(records: PolitenessRecord[]): Promise<void> {
    if (records.length === 0) return;
    await writePoliteness(this.#producer, records);
    this.#writtenAtMs = this.#clock.nowMs();
  }

  async writeForever(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake.resolve();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      if (this.#dirty.size === 0 || this.#partitions === 0) {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
      await this.#linger(signal);
      if (!(await this.flush())) await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
    }
  }

  /** false: the notes still have to be written. */
  async flush(): Promise<boolean> {
    await this.#sending;
    const notes = [...this.#dirty.values()];
    if (notes.length === 0 || this.#partitions === 0) return notes.length === 0;
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#sent = new Map(this.#dirty);
    this.#dirty.clear();
    const records = notes.map(({ key, partition, value }) => ({ key, partition, value: value() }));
    const sent = this.write(records).then(
      () => true,
      (error: unknown) => {
        for (const [key, note] of this.#sent) if (!this.#dirty.has(key)) this.#dirty.set(key, note);
        if (this.#state === 'open')
          this.#log.warn({ event: 'politeness_not_written', reason: (error as Error).message });
        return false;
      },
    );
    this.#sending = sent.then((isWritten) => {
      this.#state = isWritten ? 'open' : 'away';
      for (const resolve of waiters) resolve(isWritten);
    });
    return await sent;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  /** A claim that comes meanwhile does not wait for the end. */
  async #linger(signal: AbortSignal): Promise<void> {
    const untilMs = this.#clock.nowMs() + LINGER_MS;
    while (this.#waiters.length === 0 && !signal.aborted) {
      const leftMs = untilMs - this.#clock.nowMs();
      if (leftMs <= 0) return;
      this.#wake = Promise.withResolvers();
      const callOff = this.#clock.after(leftMs, this.#wake.resolve);
      await this.#wake.promise;
      callOff();
    }
    await waitFor(this.#clock, URGENT_LINGER_MS, signal).catch(() => {});
  }
}
