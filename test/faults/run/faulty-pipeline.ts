import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from '@velolog/store/migrate/migrate';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { GroupDescription } from '@velolog/stream/kafka/kafka-types';
import { ensureTopics, POLLS_TOPIC, VEHICLE_POLLS_TOPIC } from '@velolog/stream/topics';
import pg from 'pg';
import { withAdmin } from '../../servers/with-admin.ts';
import type { FaultPoint } from '../faulty-store.ts';
import { type OwnServers, startOwnServers } from '../own-servers.ts';
import type { PlannedFault } from './fault-plan.ts';
import { FaultyWorkers } from './faulty-workers.ts';
import { cutLogs, makeTopicAnew } from './log-losses.ts';
import { keepJournal } from './position-journal.ts';
import { PublishedRounds } from './published-rounds.ts';
import { RecordArchive, type TopicEnds } from './record-archive.ts';
import { movesSoFar, untilAtEnd, untilMoreThan } from './stored-so-far.ts';
import { databaseUrl, gatherTables, type WhatFaultsLeft } from './what-faults-left.ts';

const TOPICS = [POLLS_TOPIC, VEHICLE_POLLS_TOPIC];
const PARTITIONS = 4;
const GROUP = 'faults';
/** The store reads each topic with a separate group. */
const GROUPS = [GROUP, `${GROUP}-vehicles`];
const MOMENT_MS_MAX = 400;
const PAUSE_MS_MAX = 800;
/** Polls are published again and again until the victim has reached its point. */
const REPEAT_MS = 2_000;

/** Two store processes, a Kafka and a PostgreSQL that suffer faults while polls arrive, and what the tables must then contain. */
export class FaultyPipeline {
  readonly #servers: OwnServers;
  readonly #rounds: PublishedRounds;
  readonly #workers: FaultyWorkers;
  readonly #archive = new RecordArchive();

  static async start(seed: number, faults: number, stops: (() => Promise<void>)[]): Promise<FaultyPipeline> {
    const servers = await startOwnServers(stops);
    const settings = settingsOf(servers);
    await ensureTopics(createKafka(settings, { clientId: 'faults' }), settings);
    await migrate(databaseUrl(servers, 'faults'));
    await keepJournal(databaseUrl(servers, 'faults'));
    const run = new FaultyPipeline(servers, new PublishedRounds(seed, faults, settings));
    stops.push(async () => {
      run.#workers.kill();
      await run.#rounds.close();
    });
    // A topic that was lost before any position in it existed would be a loss without a row.
    run.#rounds.publish();
    await run.#untilBothAreRead();
    return run;
  }

  constructor(servers: OwnServers, rounds: PublishedRounds) {
    this.#servers = servers;
    this.#rounds = rounds;
    this.#workers = new FaultyWorkers(servers.folder, () => this.#workerEnv('faults'));
  }

  /** For workers that start now: after this time, what a killed one held is free. */
  get sessionSeconds(): number {
    return this.#servers.sessionSeconds;
  }

  async commit(fault: PlannedFault): Promise<void> {
    const before = await movesSoFar(this.#databaseUrl);
    await this.#deeds[fault.kind](fault);
    if (fault.waits) await untilMoreThan(this.#databaseUrl, before);
  }

  readonly #deeds: Record<PlannedFault['kind'], (fault: PlannedFault) => Promise<void>> = {
    'store killed before the transaction': (fault) => this.#dieAt('before_transaction', fault),
    'store killed inside the transaction': (fault) => this.#dieAt('in_transaction', fault),
    'store killed between commit and Kafka’s commit': (fault) => this.#dieAt('after_commit', fault),
    'store killed inside a rebalance': (fault) => this.#dieInRebalance(fault),
    'store stopped past its session, then going on': (fault) => this.#standStill(fault),
    'topic deleted and recreated': (fault) =>
      this.#loseRecords(fault, async () => {
        for (const topic of topicsOf(fault))
          await makeTopicAnew(settingsOf(this.#servers), this.#archive, topic);
      }),
    'Kafka killed, its logs without their ends': (fault) =>
      this.#loseRecords(fault, () =>
        cutLogs(this.#servers, settingsOf(this.#servers), this.#archive, {
          topics: TOPICS,
          share: 0.3 + 0.7 * fault.victim,
          pauseMs: fault.pause * PAUSE_MS_MAX,
        }),
      ),
    'store killed at a random moment': (fault) =>
      this.#killAtRandom(fault, async () => {
        const worker = this.#workers.any(fault.victim);
        this.#workers.expectEnd(worker);
        worker.kill('SIGKILL');
        await worker.ended;
        this.#workers.replace(worker);
      }),
    'PostgreSQL killed at a random moment': (fault) =>
      this.#killAtRandom(fault, async () => {
        this.#servers.killPostgres();
        await wait(fault.pause * PAUSE_MS_MAX);
        await this.#servers.startPostgres();
      }),
    'Kafka killed at a random moment': (fault) =>
      this.#killAtRandom(fault, async () => {
        this.#servers.killKafka();
        await wait(fault.pause * PAUSE_MS_MAX);
        await this.#servers.startKafka();
      }),
  };

  /** Waits until everything is stored, and collects what must be compared. */
  async finish(log: (line: string) => void): Promise<WhatFaultsLeft> {
    const held = await this.#untilAllStored();
    await this.#workers.stop();
    const left = await gatherTables(
      {
        servers: this.#servers,
        archive: this.#archive,
        held,
        partitions: PARTITIONS,
        workerEnv: (database) => this.#workerEnv(database),
      },
      log,
    );
    return {
      ...left,
      endedByThemselves: this.#workers.endedByThemselves,
      polls: this.#rounds.polls,
      lostByIngest: await this.#rounds.lost(),
    };
  }

  /**
   * Waits until the store has everything that Kafka holds. A log that was cut and has grown back to exactly the store's
   * position is noticed only with the next record, so some more are published then.
   */
  async #untilAllStored(): Promise<TopicEnds[]> {
    for (;;) {
      this.#rounds.publish();
      await this.#rounds.flush();
      const held: TopicEnds[] = [];
      await withAdmin(this.#kafka, async (admin) => {
        for (const topic of TOPICS) held.push(await this.#archive.take(this.#kafka, admin, topic));
      });
      const isAtEnd: boolean[] = [];
      for (const ends of held) isAtEnd.push(await untilAtEnd(this.#databaseUrl, ends));
      if (!isAtEnd.includes(false)) return held;
    }
  }

  /** Kills a worker exactly at the given point. */
  async #dieAt(point: FaultPoint, { victim }: PlannedFault): Promise<void> {
    const worker = await this.#workers.member(victim);
    this.#workers.expectEnd(worker);
    worker.order({ point, act: 'die' });
    await this.#publishUntil(worker.ended);
    const { code, signal } = await worker.ended;
    if (signal !== 'SIGKILL') this.#workers.noteEnd(`${worker.name}: exit ${code}: ${worker.lastWords()}`);
    this.#workers.replace(worker);
  }

  /**
   * One worker stops in a batch and a third one joins, so that the group waits for the first one, which is then killed.
   */
  async #dieInRebalance({ victim }: PlannedFault): Promise<void> {
    const worker = await this.#workers.member(victim);
    worker.order({ point: 'before_transaction', act: 'hold' });
    await this.#publishUntil(worker.held);
    this.#workers.expectEnd(worker);
    this.#workers.replace(worker);
    await this.#untilGroups((groups) => groups.some(({ state }) => state.endsWith('Rebalance')));
    worker.kill('SIGKILL');
    await worker.ended;
  }

  /**
   * A worker that is frozen for longer than its session loses its partitions, and wakes up in the middle of a batch.
   */
  async #standStill({ victim, moment }: PlannedFault): Promise<void> {
    const worker = await this.#workers.member(victim);
    this.#rounds.publish();
    await wait(moment * MOMENT_MS_MAX);
    worker.kill('SIGSTOP');
    this.#rounds.publish();
    await this.#untilGroups((groups) =>
      groups.every(({ state, members }) => state === 'Stable' && members.length < 2),
    );
    worker.kill('SIGCONT');
  }

  /** Kafka loses records: some that were read and, if the workers are frozen at that time, some that were not. */
  async #loseRecords({ moment }: PlannedFault, lose: () => Promise<void>): Promise<void> {
    const freezes = moment < 0.5;
    this.#rounds.publish();
    await this.#rounds.flush();
    const frozen = freezes ? this.#workers.all : [];
    for (const worker of frozen) worker.kill('SIGSTOP');
    this.#rounds.publish();
    await this.#rounds.flush();
    await lose();
    this.#rounds.publish();
    await this.#rounds.flush();
    for (const worker of frozen) worker.kill('SIGCONT');
  }

  async #killAtRandom({ moment }: PlannedFault, kill: () => Promise<void>): Promise<void> {
    this.#rounds.publish();
    await wait(moment * MOMENT_MS_MAX);
    await kill();
  }

  async #publishUntil(done: Promise<unknown>): Promise<void> {
    const isDone = done.then(() => true);
    do this.#rounds.publish();
    while (!(await Promise.race([isDone, wait(REPEAT_MS, false)])));
  }

  async #untilBothAreRead(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    await client.connect();
    for (;;) {
      const { rows } = await client.query('select distinct topic from journal.entry');
      if (rows.length === TOPICS.length) break;
      await wait(50);
    }
    await client.end();
  }

  async #untilGroups(areSo: (groups: GroupDescription[]) => boolean): Promise<void> {
    await withAdmin(this.#kafka, async (admin) => {
      while (!areSo((await admin.describeGroups(GROUPS)).groups)) await wait(20);
    });
  }

  get #databaseUrl(): string {
    return databaseUrl(this.#servers, 'faults');
  }

  get #kafka() {
    return createKafka(settingsOf(this.#servers), { clientId: 'faults' });
  }

  #workerEnv(database: string): Record<string, string> {
    return {
      KAFKA_BROKERS: this.#servers.brokers,
      KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
      KAFKA_GROUP_ID: database === 'faults' ? GROUP : `${database}-${randomBytes(3).toString('hex')}`,
      KAFKA_SESSION_TIMEOUT_SECONDS: String(this.#servers.sessionSeconds),
      DATABASE_URL: databaseUrl(this.#servers, database),
      // The polls are months old, so their exact stays would be deleted during the comparison.
      VEHICLE_STAY_DAYS: '0',
    };
  }
}

function settingsOf({ brokers }: OwnServers) {
  return kafkaSettings.parse({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PARTITIONS: String(PARTITIONS) });
}

/** One of the topics, or both. */
function topicsOf({ victim }: PlannedFault): string[] {
  if (victim >= 0.8) return TOPICS;
  return [victim < 0.4 ? POLLS_TOPIC : VEHICLE_POLLS_TOPIC];
}
