import { isDeepStrictEqual } from 'node:util';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import {
  ensureSystemsTopic,
  followSystems,
  readPartitions,
  SYSTEMS_TOPIC,
  type SystemRecord,
  type SystemsTopicSettings,
  writeSystems,
} from '@velolog/stream/systems-topic';
import { TopicTooSmall } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import type { SystemSettings } from '../fetch/feed.ts';
import { few, type Log } from '../log.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { applyFile } from './apply-file.ts';
import { MissingSystems } from './missing-systems.ts';
import { hideSecrets } from './secrets/hide-secrets.ts';
import { settingsToPoll } from './secrets/settings-to-poll.ts';
import { isOfShard, type Shard } from './shard.ts';
import type { SystemsShare } from './share/systems-share.ts';
import { type System, system } from './system.ts';
import type { SystemsFile } from './systems.ts';
import { DEFAULT_GROUP, parseEntry, SystemsTable, settingsOf, type TopicEntry } from './topic.ts';

const RETRY_MS = 2000;
/** Records that arrive together are taken over together. */
const SETTLE_MS = 50;

export type FollowDependencies = {
  kafka: Kafka;
  topic: SystemsTopicSettings;
  recorder: Pick<Recorder, 'setSystems'>;
  share: SystemsShare;
  /** The group whose entries are recorded here and follow the file. */
  group: string;
  metrics: Pick<IngestMetrics, 'systems_recorded'>;
  env: NodeJS.ProcessEnv;
  /** Only the systems of this shard are polled; other workers poll the rest. */
  shard: Shard | null;
  log: Log;
  clock?: Clock;
};

/**
 * Keeps the recorder in step with velolog.systems, which follows systems.json.
 *
 * States: waiting for Kafka -> following. If the connection breaks, everything stays as it is until the topic has been
 * read again.
 */
export class SystemsFollower {
  readonly #file: ReadonlyMap<string, System>;
  readonly #dependencies: FollowDependencies;
  readonly #clock: Clock;
  readonly #table = new SystemsTable();
  readonly #missing: MissingSystems;
  /** The problem of each system, so that each is logged only once. */
  #problems = new Map<string, string>();
  readonly #version: SystemsFile['version'];
  #isFollowing = false;
  #partitions = 0;
  #sharing: Promise<void> | null = null;
  #cancelTake: (() => void) | null = null;

  constructor({ systems, version }: SystemsFile, dependencies: FollowDependencies) {
    this.#file = new Map(systems.map((one) => [one.id, one]));
    this.#version = version;
    this.#missing = new MissingSystems(this.#file, version, this.#table, dependencies.log);
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
  }

  /**
   * Continues while Kafka is away.
   * @throws TopicTooSmall
   */
  async followForever(signal: AbortSignal): Promise<void> {
    const notShared = Promise.withResolvers<never>();
    notShared.promise.catch(() => {});
    try {
      await Promise.race([this.#followAgain(signal, notShared.reject), notShared.promise]);
      await this.#sharing;
    } finally {
      this.#cancelTake?.();
    }
  }

  async #followAgain(signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#followOnce(signal, fail);
      } catch (error) {
        if (error instanceof TopicTooSmall) throw error;
        if (signal.aborted) return;
        this.#dependencies.log.warn({ event: 'systems_unreachable', reason: (error as Error).message });
        await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
      }
    }
  }

  async #followOnce(signal: AbortSignal, fail: (error: unknown) => void): Promise<void> {
    const { kafka, topic, share } = this.#dependencies;
    const partitions = await ensureSystemsTopic(kafka, topic);
    this.#partitions = partitions;
    const onShare = (): void => {
      if (this.#isFollowing) this.#takeTable();
    };
    // Reads what this reader missed while it was cut off: it may be the last one to reconnect.
    const refresh = async (gained: readonly number[], until: AbortSignal): Promise<void> => {
      const records = await readPartitions(kafka, this.#topicName, gained, until);
      for (const record of records) this.#table.note(record);
    };
    this.#sharing ??= share.shareForever(partitions, { onChange: onShare, refresh }, signal).catch(fail);
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

  /** Applies the file once: what a command removes later must not come back before the next start. */
  async #applyFile(partitions: number): Promise<void> {
    if (this.#isFollowing) return this.#takeTable();
    const { log, group } = this.#dependencies;
    const { records, kept, elsewhere, removed } = applyFile([...this.#file.values()], this.#table, {
      partitions,
      group,
      version: this.#version,
    });
    for (const id of elsewhere) log.warn({ event: 'recorded_by_another_group', system: id });
    for (const id of kept) log.warn({ event: 'kept_as_commanded', system: id });
    if (removed.length > 0) {
      log.warn({
        event: 'not_in_file_any_more',
        systems: few(removed),
        hint: 'they are no longer recorded; if a running ingest has them in a systems.json of another name, it puts them back',
      });
    }
    await this.#write(records);
    // The records also come back from Kafka; this saves the wait.
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

  /** The entries that are polled here, as in velolog.systems. */
  entriesHere(): TopicEntry[] {
    return this.#table.ids().flatMap((id) => {
      if (!this.#isOfGroup(id)) return [];
      try {
        const entry = parseEntry(id, this.#table.valueOf(id) ?? '');
        return this.#isHere(entry.discovery_url) ? [entry] : [];
      } catch {
        return [];
      }
    });
  }

  /** Rewrites the entry, unless somebody has changed or removed it since it was read. */
  async rewrite(entry: TopicEntry, before: TopicEntry): Promise<void> {
    const now = this.#table.valueOf(entry.id);
    if (now === null || !isDeepStrictEqual(parseEntry(entry.id, now), before)) return;
    await this.#write(this.#table.put(entry, this.#partitions));
  }

  #takeSoon(): void {
    this.#cancelTake ??= this.#clock.after(SETTLE_MS, () => {
      this.#cancelTake = null;
      if (this.#isFollowing) this.#takeTable();
    });
  }

  #putBackMissing(): void {
    const { group, log } = this.#dependencies;
    const records = this.#missing
      .look()
      .flatMap((one) => this.#table.put({ ...hideSecrets(one), source: 'file', group }, this.#partitions));
    this.#write(records).catch((error: unknown) => {
      this.#missing.lookAgain();
      log.warn({ event: 'systems_unreachable', reason: (error as Error).message });
    });
  }

  #takeTable(): void {
    this.#putBackMissing();
    const { recorder, metrics, env, log } = this.#dependencies;
    const problems = new Map<string, string>();
    const ids = this.#table.ids().filter((id) => this.#isOfGroup(id));
    const systems = ids.flatMap((id): SystemSettings[] => {
      try {
        const settings = this.#settingsOf(id);
        if (!this.#isHere(settings.discovery_url)) return [];
        return [settingsToPoll(settings, env)];
      } catch (error) {
        problems.set(id, (error as Error).message);
        return [];
      }
    });
    this.#sayProblems(problems);
    const { added, changed, removed } = recorder.setSystems(
      systems,
      ({ discovery_url }) => !this.#dependencies.share.holds(discovery_url),
      (id) => this.#table.isTakenOut(id),
    );
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

  #sayProblems(problems: Map<string, string>): void {
    for (const [system, reason] of problems) {
      if (this.#problems.get(system) === reason) continue;
      this.#dependencies.log.error({ event: 'system_unusable', system, reason });
    }
    this.#problems = problems;
  }

  /** Whether the system is polled here and not by another worker. */
  #isHere(discoveryUrl: string): boolean {
    const { share, shard } = this.#dependencies;
    return share.holds(discoveryUrl) && (shard === null || isOfShard(discoveryUrl, shard));
  }

  /** The default group reports entries that cannot be read. */
  #isOfGroup(id: string): boolean {
    let group = DEFAULT_GROUP;
    try {
      ({ group = DEFAULT_GROUP } = parseEntry(id, this.#table.valueOf(id) ?? ''));
    } catch {}
    return group === this.#dependencies.group;
  }

  /** The file may contain the actual keys, which the topic does not. */
  #settingsOf(id: string): System {
    const entry = parseEntry(id, this.#table.valueOf(id) ?? '');
    const { source } = entry;
    const settings = settingsOf(entry);
    const own = source === 'file' ? this.#file.get(id) : undefined;
    if (own !== undefined && isDeepStrictEqual(system.parse(hideSecrets(own)), settings)) return own;
    const texts = [settings.discovery_url, ...Object.values(settings.headers)];
    if (source === 'file' && texts.some((text) => text.includes('***')))
      throw new Error(
        'its keys are in the systems.json of another ingest worker: write references to the environment there',
      );
    return settings;
  }

  get #topicName(): string {
    return this.#dependencies.topic.systemsTopic ?? SYSTEMS_TOPIC;
  }
}
