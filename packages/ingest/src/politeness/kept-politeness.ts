import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { PartitionReader } from '@velolog/stream/kafka/partition-reader';
import { POLITENESS_TOPIC } from '@velolog/stream/politeness-topic';
import type { TopicSettings } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import { type Feed, placeOf, type RecordedSystem } from '../fetch/feed.ts';
import type { Log } from '../log.ts';
import type { Publisher } from '../publish/publish.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { noteOf } from './feed-note.ts';
import { Notebook } from './notebook.ts';
import { PartitionHolds, type TakeOver } from './partition-holds.ts';
import { PartitionNotes } from './partition-notes.ts';
import type { Politeness } from './politeness.ts';
import { recallNotes } from './recall-notes.ts';
import type { TokenKeeper, TokenNote } from './token-note.ts';

/** How soon a claim is repeated while Kafka is away. */
const CLAIM_AGAIN_MS = 500;

export type KeptPolitenessDependencies = {
  kafka: Kafka;
  limits: HostLimits;
  publisher: Pick<Publisher, 'adopt'>;
  log: Log;
  clock?: Clock;
};

/**
 * Keeps in Kafka what politeness needs: notes about feeds and about hosts that asked to wait, next to the partition of
 * velolog.systems that holds their system, and which worker holds that partition.
 */
export class KeptPoliteness implements Politeness {
  readonly #dependencies: KeptPolitenessDependencies;
  readonly #clock: Clock;
  readonly #notebook: Notebook;
  readonly #reader: PartitionReader;
  readonly #holds: PartitionHolds;
  /** The longest request plus the pause that must follow it. */
  readonly #requestMsMax: number;
  /** Feeds whose notes were written before Kafka had their bodies. */
  readonly #unsettled = new Set<Feed>();
  /** Partitions that the group took away without notice. */
  readonly #lost = new Set<number>();
  #partitionOf: (system: RecordedSystem) => number = () => 0;
  #guard: () => void = () => {};
  #isWatched: () => boolean = () => false;

  constructor(
    dependencies: KeptPolitenessDependencies,
    { name, shard, requestMsMax }: { name: string; shard: string | null; requestMsMax: number },
  ) {
    const { kafka, log, clock = systemClock } = dependencies;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#notebook = new Notebook(kafka, { clock, log });
    this.#reader = new PartitionReader(kafka);
    this.#holds = new PartitionHolds(this.#notebook, clock, { group: name, shard });
    this.#requestMsMax = requestMsMax;
  }

  /** @throws TopicTooSmall, or the error from Kafka */
  async open(
    settings: Pick<TopicSettings, 'partitions' | 'replicationFactor'>,
    partitionOf: (system: RecordedSystem) => number,
  ): Promise<void> {
    this.#partitionOf = partitionOf;
    await this.#notebook.open(settings);
  }

  /**
   * @param guard called before each request; it ends the systems that the group has given to another worker
   * @param isWatched whether others in the group may take over what is polled here
   */
  guardBy(guard: () => void, isWatched: () => boolean): void {
    this.#guard = guard;
    this.#isWatched = isWatched;
  }

  /** When Kafka last accepted a note. */
  get writtenAtMs(): number {
    return this.#notebook.writtenAtMs;
  }

  async claim(feed: Feed, signal: AbortSignal): Promise<void> {
    const note = this.#noteOf(feed);
    while (!(await this.#notebook.written(note)) && this.#isWatched()) {
      await waitFor(this.#clock, CLAIM_AGAIN_MS, signal);
    }
  }

  check(_feed: Feed): void {
    this.#guard();
  }

  note(feed: Feed): void {
    // A poll that ends after its partition was lost would overwrite what the new holder knows.
    if (this.#lost.has(this.#partitionOf(feed.system))) return;
    this.#notebook.note(this.#noteOf(feed));
    this.#noteSettled();
  }

  noteWait(system: RecordedSystem, host: string, seconds: number): void {
    const partition = this.#partitionOf(system);
    if (this.#lost.has(partition)) return;
    const untilMs = this.#clock.nowMs() + seconds * 1000;
    // As urgent as a claim: another worker may send the next request.
    void this.#notebook.written({
      key: `wait ${partition} ${host}`,
      partition: this.#notebook.partitionFor(partition),
      value: () => JSON.stringify({ wait_ms: Math.max(0, Math.round(untilMs - this.#clock.nowMs())) }),
    });
  }

  tokenKeeper(system: RecordedSystem): TokenKeeper {
    const partition = this.#partitionOf(system);
    const noteOf = (key: string, note: TokenNote) => ({
      key: `token ${partition} ${key}`,
      partition: this.#notebook.partitionFor(partition),
      value: () => JSON.stringify(note),
    });
    return {
      claim: async (key, note) => {
        if (this.#lost.has(partition)) throw new Error('the system belongs to another worker now');
        if (!(await this.#notebook.written(noteOf(key, note))) && this.#isWatched())
          throw new Error('Kafka did not accept the note that an access token is being requested');
      },
      note: (key, note) => {
        if (!this.#lost.has(partition)) this.#notebook.note(noteOf(key, note));
      },
      wait: (host, seconds) => this.noteWait(system, host, seconds),
    };
  }

  async writeForever(signal: AbortSignal): Promise<void> {
    await this.#notebook.writeForever(signal);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#notebook.close(), this.#reader.close()]);
  }

  /**
   * Reads the notes of these partitions, once nobody else polls their publishers, and tells the recorder.
   * @throws the error from Kafka, or the reason of the signal
   */
  async takeOver(taken: TakeOver, recorder: Pick<Recorder, 'recall' | 'recallToken'>): Promise<void> {
    const { partitions, memberId, signal } = taken;
    for (const partition of partitions) this.#lost.delete(partition);
    const leaseEndsAtMs = this.#clock.nowMs() + taken.leaseMs;
    const marks = await this.#holds.mark(taken);
    const notes = await this.#notesOf(partitions);
    let markedAtMs = Number.NEGATIVE_INFINITY;
    for (const one of notes) markedAtMs = Math.max(markedAtMs, await one.readUpTo(marks, signal));
    const readAtMs = this.#clock.nowMs();
    if (memberId !== null) await this.#holds.waitForOthers(notes, taken, leaseEndsAtMs);
    signal.throwIfAborted();
    // The broker's current time. The broker stamped the notes, and its clock may differ from ours.
    const brokerNowMs = markedAtMs + (this.#clock.nowMs() - readAtMs);
    const records = notes.flatMap(({ partition, records }) =>
      records.map((record) => ({ ...record, partition })),
    );
    const closing = await recallNotes(records, brokerNowMs, {
      ...this.#dependencies,
      reader: this.#reader,
      recorder,
      clock: this.#clock,
      requestMsMax: this.#requestMsMax,
    });
    await this.#notebook.write(closing);
  }

  /** Writes the pending notes, and then that nothing is polled from here any more. */
  async release(partitions: number[]): Promise<void> {
    this.#noteSettled();
    if (partitions.length === 0 || !(await this.#notebook.flush())) return;
    await this.#holds.release(partitions);
  }

  /** Another worker may have taken these partitions over, so notes that are not written yet are out of date. */
  drop(partitions: readonly number[]): void {
    for (const partition of partitions) this.#lost.add(partition);
    const gone = new Set(partitions.map((partition) => this.#notebook.partitionFor(partition)));
    this.#notebook.forget(({ partition }) => gone.has(partition));
  }

  #noteSettled(): void {
    for (const feed of this.#unsettled) {
      if (feed.system.ended.signal.aborted || feed.knownBody === null) this.#unsettled.delete(feed);
      else if (feed.knownBody.fate.kept !== undefined) this.#notebook.note(this.#noteOf(feed));
    }
  }

  #noteOf(feed: Feed) {
    return {
      key: `feed ${feed.name} ${placeOf(feed.system.settings)}`,
      partition: this.#notebook.partitionFor(this.#partitionOf(feed.system)),
      value: () => {
        if (feed.knownBody !== null && feed.knownBody.fate.kept === undefined) this.#unsettled.add(feed);
        else this.#unsettled.delete(feed);
        return JSON.stringify(noteOf(feed, this.#clock.nowMs()));
      },
    };
  }

  async #notesOf(partitions: number[]): Promise<PartitionNotes[]> {
    const bounds = await this.#reader.bounds(POLITENESS_TOPIC);
    const own = new Set(partitions.map((partition) => this.#notebook.partitionFor(partition)));
    return [...own].map(
      (partition) => new PartitionNotes(this.#reader, partition, bounds.get(partition)?.low ?? 0n),
    );
  }
}
