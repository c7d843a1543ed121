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

/** A note to write; its value is computed at that moment. A null value deletes the key. */
export type Note = { key: string; partition: number; value: () => string | null };

/** Notes that nobody waits for are collected for this long and written together. */
const LINGER_MS = 100;
const URGENT_LINGER_MS = 3;
const RETRY_MS = 1000;
/** Nobody waits for Kafka longer than this. */
const WAIT_MS_MAX = 2000;

/**
 * Writes notes to the topic velolog.politeness, which keeps the last note of each key.
 *
 * States: closed -> open (the topic exists) -> away (the last request failed; unwritten notes are kept) -> open.
 */
export class Notebook {
  readonly #kafka: Kafka;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #producer: Producer;
  readonly #dirty = new Map<string, Note>();
  /** On their way to Kafka. */
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

  /** @throws TopicTooSmall, or the error from Kafka */
  async open(settings: Pick<TopicSettings, 'partitions' | 'replicationFactor'>): Promise<void> {
    if (this.#partitions > 0) return;
    const [partitions] = await Promise.all([
      ensurePolitenessTopic(this.#kafka, settings),
      this.#producer.connect(),
    ]);
    this.#partitions = partitions;
    this.#state = 'open';
  }

  /** The partition of velolog.politeness that belongs to a partition of velolog.systems. */
  partitionFor(partition: number): number {
    return partition % Math.max(1, this.#partitions);
  }

  /** When Kafka last accepted a note. */
  get writtenAtMs(): number {
    return this.#writtenAtMs;
  }

  note(note: Note): void {
    this.#dirty.set(note.key, note);
    this.#wake.resolve();
  }

  /** Also forgets notes that are being sent: if sending them fails, they are not sent again. */
  forget(isGone: (note: Note) => boolean): void {
    for (const notes of [this.#dirty, this.#sent])
      for (const [key, note] of notes) if (isGone(note)) notes.delete(key);
  }

  /** Resolves when the note is written (true) or cannot be written soon (false). */
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

  /** Writes immediately. @throws the error from Kafka */
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

  /** False when the notes still have to be written. */
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

  /** A claim that arrives during the pause ends it. */
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
