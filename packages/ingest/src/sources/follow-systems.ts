import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import {
  ensureSystemsTopic,
  followSystems,
  SYSTEMS_TOPIC,
  type SystemRecord,
  type SystemsTopicSettings,
  writeSystems,
} from '@velolog/stream/systems-topic';
import { TopicTooSmall } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import type { SystemSettings } from '../fetch/feed.ts';
import type { Log } from '../log.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { applyFile } from './apply-file.ts';
import { resolveSecrets } from './resolve-secrets.ts';
import { isOfShard, type Shard } from './shard.ts';
import type { System } from './system.ts';
import { parseEntry, SystemsTable } from './topic.ts';

/** For so long ingest waits for Kafka before it polls what systems.json says. */
const FILE_ALONE_AFTER_MS = 5000;
const RETRY_MS = 2000;
/** Records that come together are taken over together. */
const SETTLE_MS = 50;

export type FollowDependencies = {
  kafka: Kafka;
  topic: SystemsTopicSettings;
  recorder: Pick<Recorder, 'setSystems'>;
  metrics: Pick<IngestMetrics, 'systems_recorded'>;
  env: NodeJS.ProcessEnv;
  /** Only these; the others are the matter of other workers. */
  shard: Shard | null;
  log: Log;
  clock?: Clock;
};

/**
 * Keeps the recorder at what velolog.systems says, which follows systems.json.
 *
 * States: waiting for Kafka -> (5 s) the file alone -> following; a break of the connection leaves all as it is until the topic has
 * been read again.
 */
export class SystemsFollower {
  readonly #file: ReadonlyMap<string, System>;
  readonly #dependencies: FollowDependencies;
  readonly #clock: Clock;
  readonly #table = new SystemsTable();
  /** What is wrong with which system, so that it is said once. */
  #problems = new Map<string, string>();
  /** Of the file, but not recorded. */
  #missing: ReadonlySet<string> = new Set();
  #isFollowing = false;
  #cancelTake: (() => void) | null = null;

  constructor(file: System[], dependencies: FollowDependencies) {
    this.#file = new Map(file.map((one) => [one.id, one]));
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
  }

  /**
   * Goes on while Kafka is away.
   * @throws TopicTooSmall
   */
  async followForever(signal: AbortSignal): Promise<void> {
    const callOff = this.#clock.after(FILE_ALONE_AFTER_MS, () => this.#takeFileAlone());
    try {
      while (!signal.aborted) {
        try {
          await this.#followOnce(signal);
        } catch (error) {
          if (error instanceof TopicTooSmall) throw error;
          if (signal.aborted) return;
          this.#dependencies.log.warn({ event: 'systems_unreachable', reason: (error as Error).message });
          await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
        }
      }
    } finally {
      callOff();
      this.#cancelTake?.();
    }
  }

  async #followOnce(signal: AbortSignal): Promise<void> {
    const { kafka, topic } = this.#dependencies;
    const partitions = await ensureSystemsTopic(kafka, topic);
    const failed = new AbortController();
    let isCaughtUp = false;
    await followSystems(kafka, this.#topicName, {
      onRecord: (record) => {
        this.#table.note(record);
        if (isCaughtUp) this.#takeSoon();
      },
      onCaughtUp: () => {
        isCaughtUp = true;
        this.#applyFile(partitions).catch((error: unknown) => failed.abort(error));
      },
      signal: AbortSignal.any([signal, failed.signal]),
    });
    if (failed.signal.aborted) throw failed.signal.reason;
  }

  /** Once: what a command takes out later must not come back before the next start. */
  async #applyFile(partitions: number): Promise<void> {
    if (this.#isFollowing) return this.#takeTable();
    const { log } = this.#dependencies;
    const { records, kept, removed } = applyFile([...this.#file.values()], this.#table, partitions);
    for (const id of kept) log.warn({ event: 'kept_as_commanded', system: id });
    if (removed.length > 0) {
      log.warn({
        event: 'not_in_file_any_more',
        systems: few(removed),
        hint: 'they are recorded no longer; if another ingest has them in its own systems.json, give all of them one file',
      });
    }
    await this.#write(records);
    // They come back as records, too; this saves the wait.
    for (const record of records) this.#table.expect(record);
    this.#isFollowing = true;
    this.#takeTable();
  }

  async #write(records: SystemRecord[]): Promise<void> {
    if (records.length === 0) return;
    const producer = createProducer(this.#dependencies.kafka);
    try {
      await producer.connect();
      await writeSystems(producer, this.#topicName, records);
    } finally {
      await producer.disconnect();
    }
  }

  #takeSoon(): void {
    this.#cancelTake ??= this.#clock.after(SETTLE_MS, () => {
      this.#cancelTake = null;
      if (this.#isFollowing) this.#takeTable();
    });
  }

  #takeFileAlone(): void {
    if (this.#isFollowing) return;
    this.#dependencies.log.warn({ event: 'systems_from_file_alone', systems: this.#file.size });
    this.#take([...this.#file.keys()], (id) => this.#file.get(id) as System);
  }

  /** Somebody else took it out: a command, or an ingest with another systems.json. */
  #tellMissing(): void {
    const missing = new Set([...this.#file.keys()].filter((id) => this.#table.valueOf(id) === null));
    const unsaid = [...missing].filter((id) => !this.#missing.has(id));
    this.#missing = missing;
    if (unsaid.length === 0) return;
    this.#dependencies.log.warn({
      event: 'in_file_but_taken_out',
      systems: few(unsaid),
      hint: 'by `velolog systems remove`, or by an ingest with another systems.json: give all of them one file',
    });
  }

  #takeTable(): void {
    this.#tellMissing();
    this.#take(this.#table.ids(), (id) => {
      const entry = parseEntry(id, this.#table.valueOf(id) ?? '');
      const { source, ...settings } = entry;
      // The file may hold keys as they are, which the topic does not.
      return (source === 'file' ? this.#file.get(id) : undefined) ?? settings;
    });
  }

  #take(ids: string[], settingsOf: (id: string) => System): void {
    const { recorder, metrics, env, shard, log } = this.#dependencies;
    const problems = new Map<string, string>();
    const systems = ids.flatMap((id): SystemSettings[] => {
      try {
        const settings = settingsOf(id);
        if (shard !== null && !isOfShard(settings.discovery_url, shard)) return [];
        return [resolveSecrets(settings, env)];
      } catch (error) {
        problems.set(id, (error as Error).message);
        return [];
      }
    });
    for (const [system, reason] of problems) {
      if (this.#problems.get(system) !== reason) log.error({ event: 'system_unusable', system, reason });
    }
    this.#problems = problems;
    const { added, changed, removed } = recorder.setSystems(systems);
    metrics.systems_recorded.set(systems.length);
    if (added.length + changed.length + removed.length === 0) return;
    log.info({
      event: 'systems',
      recorded: systems.length,
      added: few(added),
      changed: few(changed),
      removed: few(removed),
    });
  }

  get #topicName(): string {
    return this.#dependencies.topic.systemsTopic ?? SYSTEMS_TOPIC;
  }
}

/** Names as long as somebody reads them, else how many. */
function few(ids: string[]): string[] | number {
  return ids.length <= 20 ? ids : ids.length;
}
