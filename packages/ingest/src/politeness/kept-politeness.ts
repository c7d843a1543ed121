import { randomBytes } from 'node:crypto';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { PartitionReader, type ReadRecord } from '@velolog/stream/kafka/partition-reader';
import { POLITENESS_TOPIC } from '@velolog/stream/politeness-topic';
import { topicLogs } from '@velolog/stream/topic-logs';
import type { TopicSettings } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import { type Feed, placeOf, type RecordedSystem } from '../fetch/feed.ts';
import type { Log } from '../log.ts';
import type { Publisher } from '../publish/publish.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { noteOf, parseFeedNote } from './feed-note.ts';
import { Notebook } from './notebook.ts';
import type { Politeness } from './politeness.ts';
import { type AgedNote, type LogBounds, recalledSystems } from './recalled.ts';

export type KeptPolitenessDependencies = {
  kafka: Kafka;
  limits: HostLimits;
  publisher: Pick<Publisher, 'adopt'>;
  log: Log;
  clock?: Clock;
};

export type TakeOver = {
  /** Of velolog.systems. */
  partitions: number[];
  /** Who this worker is in the group; null: there is none, and others may have the same partitions for other systems. */
  memberId: string | null;
  /** Who is in the group now, so that what others held and never gave back is known to be free. */
  members: () => Promise<ReadonlySet<string>>;
  /** After so long a worker that the group has lost asks nobody any more. */
  leaseMs: number;
  signal: AbortSignal;
};

/** No feed is left alone for longer than a day, so that nobody polls what was noted before. */
const NOTES_KEPT_MS = 3 * 86_400_000;
const READ_WAIT_MS = 500;

/**
 * Keeps in Kafka what politeness needs: notes of feeds and of hosts that asked to wait, beside the partition of velolog.systems that their
 * system is in, and who holds that partition.
 */
export class KeptPoliteness implements Politeness {
  readonly instance = randomBytes(6).toString('hex');
  readonly #dependencies: KeptPolitenessDependencies;
  readonly #clock: Clock;
  readonly #notebook: Notebook;
  readonly #reader: PartitionReader;
  /** The longest request, and what follows it before another one may begin. */
  readonly #requestMsMax: number;
  /** Without spaces. */
  readonly #group: string;
  /** Their notes were written before Kafka had their bodies. */
  readonly #unsettled = new Set<Feed>();
  #partitionOf: (system: RecordedSystem) => number = () => 0;
  #mayAsk: () => boolean = () => true;

  constructor(
    dependencies: KeptPolitenessDependencies,
    { name, requestMsMax }: { name: string; requestMsMax: number },
  ) {
    const { kafka, log, clock = systemClock } = dependencies;
    this.#dependencies = dependencies;
    this.#clock = clock;
    this.#notebook = new Notebook(kafka, { clock, log });
    this.#reader = new PartitionReader(kafka);
    this.#requestMsMax = requestMsMax;
    this.#group = encodeURIComponent(name);
  }

  /** @throws TopicTooSmall, or what Kafka says */
  async open(
    settings: Pick<TopicSettings, 'partitions' | 'replicationFactor'>,
    partitionOf: (system: RecordedSystem) => number,
  ): Promise<void> {
    this.#partitionOf = partitionOf;
    await this.#notebook.open(settings);
  }

  /** Whoever may tell at any moment that this worker has to stop asking. */
  guardBy(mayAsk: () => boolean): void {
    this.#mayAsk = mayAsk;
  }

  /** When Kafka last took something of it. */
  get writtenAtMs(): number {
    return this.#notebook.writtenAtMs;
  }

  async claim(feed: Feed): Promise<void> {
    await this.#notebook.written(this.#noteOf(feed));
  }

  check(_feed: Feed): void {
    this.#mayAsk();
  }

  note(feed: Feed): void {
    this.#notebook.note(this.#noteOf(feed));
    this.#noteSettled();
  }

  noteWait(system: RecordedSystem, host: string, seconds: number): void {
    const partition = this.#partitionOf(system);
    const untilMs = this.#clock.nowMs() + seconds * 1000;
    // As urgent as a claim: the next one to ask may be another worker.
    void this.#notebook.written({
      key: `wait ${partition} ${host}`,
      partition: this.#notebook.partitionFor(partition),
      value: () => JSON.stringify({ wait_ms: Math.max(0, Math.round(untilMs - this.#clock.nowMs())) }),
    });
  }

  async writeForever(signal: AbortSignal): Promise<void> {
    await this.#notebook.writeForever(signal);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#notebook.close(), this.#reader.close()]);
  }

  /**
   * Reads what is noted of these partitions, once nobody else asks their publishers, and tells the recorder.
   * @throws what Kafka says, or the reason of the signal
   */
  async takeOver(taken: TakeOver, recorder: Pick<Recorder, 'recall'>): Promise<void> {
    const { partitions, memberId, signal } = taken;
    const nonce = randomBytes(6).toString('hex');
    const mark = (partition: number) => ({
      key: memberId === null ? `read ${partition} ${this.#group}` : this.#holderKey(partition),
      partition: this.#notebook.partitionFor(partition),
      value: JSON.stringify({ held: memberId !== null, member_id: memberId, nonce }),
    });
    const readUntilMs = this.#clock.nowMs() + taken.leaseMs;
    await this.#notebook.write(partitions.map(mark));
    const bounds = await this.#reader.bounds(POLITENESS_TOPIC);
    const own = [...new Set(partitions.map((partition) => this.#notebook.partitionFor(partition)))];
    const readings = own.map((partition) => ({
      partition,
      next: bounds.get(partition)?.low ?? 0n,
      records: new Map<string, ReadRecord>(),
    }));
    const wanted = new Set(partitions);
    for (const reading of readings) {
      const marks = partitions.filter((one) => this.#notebook.partitionFor(one) === reading.partition);
      const unseen = new Set(marks.map((one) => mark(one).key));
      while (unseen.size > 0) {
        signal.throwIfAborted();
        for (const record of await this.#readOn(reading)) {
          if (record.value?.includes(nonce)) unseen.delete(record.key);
        }
      }
    }
    const markedAtMs = this.#clock.nowMs();
    const markedAt = Math.max(
      ...readings.flatMap(({ records }) =>
        [...records.values()].flatMap(({ value, timestampMs }) =>
          value?.includes(nonce) ? [timestampMs] : [],
        ),
      ),
    );
    if (memberId !== null) await this.#waitForHolders(readings, wanted, { ...taken, readUntilMs });
    signal.throwIfAborted();
    // By the broker's clock alone.
    const brokerNowMs = markedAt + (this.#clock.nowMs() - markedAtMs);
    const records = readings.flatMap((reading) =>
      [...reading.records.values()].map((record) => ({ ...record, partition: reading.partition })),
    );
    await this.#recall(records, brokerNowMs, recorder);
  }

  /** What was noted is written, and that nothing is asked from here any more. */
  async release(partitions: number[]): Promise<void> {
    this.#noteSettled();
    if (partitions.length === 0 || !(await this.#notebook.flush())) return;
    await this.#notebook.write(
      partitions.map((partition) => ({
        key: this.#holderKey(partition),
        partition: this.#notebook.partitionFor(partition),
        value: null,
      })),
    );
  }

  /** Another worker may have taken these over: what is not written yet would be news of yesterday. */
  drop(partitions: readonly number[]): void {
    const gone = new Set(partitions.map((partition) => this.#notebook.partitionFor(partition)));
    this.#notebook.forget(({ partition }) => gone.has(partition));
  }

  #noteSettled(): void {
    for (const feed of this.#unsettled) {
      if (feed.system.ended.signal.aborted || feed.knownBody === null) this.#unsettled.delete(feed);
      else if (feed.knownBody.fate.kept !== undefined) this.#notebook.note(this.#noteOf(feed));
    }
  }

  #holderKey(partition: number): string {
    return `held ${partition} ${this.#group} ${this.instance}`;
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

  async #readOn(reading: Reading, waitMs = READ_WAIT_MS): Promise<ReadRecord[]> {
    const { records, next } = await this.#reader.read(
      POLITENESS_TOPIC,
      reading.partition,
      reading.next,
      waitMs,
    );
    reading.next = next;
    for (const record of records) reading.records.set(record.key, record);
    return records;
  }

  /** Until whoever held a partition has given it back, is no longer in the group, or has lost it for lack of a heartbeat. */
  async #waitForHolders(
    readings: Reading[],
    wanted: ReadonlySet<number>,
    { members, readUntilMs, signal }: TakeOver & { readUntilMs: number },
  ): Promise<void> {
    const known = await members();
    for (const reading of readings) {
      for (;;) {
        const holders = holdersIn(reading, wanted, this.#group).filter(
          ({ instance }) => instance !== this.instance,
        );
        const alive = holders.filter(({ member_id }) => known.has(member_id));
        const leftMs = readUntilMs - this.#clock.nowMs();
        if (alive.length === 0 || leftMs <= 0) {
          await this.#notebook.write(
            holders.map(({ key }) => ({ key, partition: reading.partition, value: null })),
          );
          break;
        }
        signal.throwIfAborted();
        await this.#readOn(reading, Math.max(1, Math.min(READ_WAIT_MS, Math.floor(leftMs))));
      }
    }
    await waitFor(this.#clock, 0, signal);
  }

  async #recall(
    records: (ReadRecord & { partition: number })[],
    brokerNowMs: number,
    recorder: Pick<Recorder, 'recall'>,
  ): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const { limits } = this.#dependencies;
    const notes: AgedNote[] = [];
    const closing: { key: string; partition: number; value: string | null }[] = [];
    for (const { key, value, timestampMs, partition } of records) {
      if (value === null) continue;
      const elapsedMs = Math.max(0, brokerNowMs - timestampMs);
      const [kind, feed = '', ...rest] = key.split(' ');
      if (kind === 'wait') {
        const leftMs = Number(JSON.parse(value).wait_ms) - elapsedMs;
        if (leftMs > 0) limits.askToWait(rest.join(' '), leftMs / 1000);
        else closing.push({ key, partition, value: null });
      } else if (kind === 'feed') {
        const note = parseFeedNote(value);
        if (note === null || elapsedMs > NOTES_KEPT_MS) closing.push({ key, partition, value: null });
        else notes.push({ place: rest.join(' '), feed, note, elapsedMs });
        if (note?.under_way) {
          const { under_way, ...closed } = note;
          closing.push({
            key,
            partition,
            value: JSON.stringify({ ...closed, not_before_in_ms: note.due_in_ms }),
          });
        }
      }
    }
    for (const aged of notes) this.#spareDomain(aged);
    const bounds = await this.#pollBounds(notes);
    for (const [place, remembered] of recalledSystems(notes, nowMs, bounds)) {
      for (const [feed, { knownBody }] of remembered.feeds) {
        if (knownBody)
          this.#dependencies.publisher.adopt({ system_id: remembered.system_id, feed }, knownBody.fate);
      }
      recorder.recall(place, remembered);
    }
    await this.#notebook.write(closing);
  }

  /** A request that was under way may still be; and the next one keeps its distance to the last. */
  #spareDomain({ place, note, elapsedMs }: AgedNote): void {
    const url = URL.parse(note.url ?? place.split(' ')[0] ?? '');
    if (url === null) return;
    const { limits } = this.#dependencies;
    const sinceMs = elapsedMs + (note.under_way ? 0 : (note.asked_ms_ago ?? Number.POSITIVE_INFINITY));
    const leftMs = limits.spacingMs + (note.under_way ? this.#requestMsMax : 0) - sinceMs;
    if (leftMs > 0) limits.leaveAlone(url.host, leftMs);
  }

  /** Of the topics that hold bodies which are noted. */
  async #pollBounds(notes: AgedNote[]): Promise<LogBounds> {
    const topics = new Set(notes.flatMap(({ note }) => note.body?.topic ?? []));
    const logs = topicLogs(this.#dependencies.kafka);
    const found = new Map<string, ReturnType<LogBounds>>();
    try {
      for (const topic of topics) {
        const [topicId, partitions] = await Promise.all([
          logs.topicId(topic),
          this.#reader.bounds(topic),
        ]).catch(() => [null, null] as const);
        found.set(topic, partitions === null ? null : { topicId, partitions });
      }
    } finally {
      await logs.close();
    }
    return (topic) => found.get(topic) ?? null;
  }
}

type Reading = { partition: number; next: bigint; records: Map<string, ReadRecord> };

type Holder = { key: string; instance: string; member_id: string };

function holdersIn({ records }: Reading, wanted: ReadonlySet<number>, ofGroup: string): Holder[] {
  return [...records.values()].flatMap(({ key, value }) => {
    const [kind, partition, group, instance = ''] = key.split(' ');
    if (kind !== 'held' || group !== ofGroup || value === null || !wanted.has(Number(partition))) return [];
    return [{ key, instance, member_id: String(JSON.parse(value).member_id) }];
  });
}
