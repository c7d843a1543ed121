import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { Publisher } from '@velolog/ingest/publish/publish';
import { migrate } from '@velolog/store/migrate/migrate';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { GroupDescription } from '@velolog/stream/kafka/kafka-types';
import type { PollRecord } from '@velolog/stream/poll-record';
import { ensureTopics } from '@velolog/stream/topics';
import pg from 'pg';
import { Registry } from 'prom-client';
import { randomPolls } from '../history/random-polls.ts';
import { readTableRows } from '../history/table-rows.ts';
import { type FaultKind, type PlannedFault, planFaults } from './fault-plan.ts';
import type { FaultPoint } from './faulty-store.ts';
import { cutLogs, makeTopicAnew, withAdmin } from './log-losses.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { keepJournal, readJournal } from './position-journal.ts';
import { type Read, type Reads, readsOf } from './reads-of-journal.ts';
import { RecordArchive, type TopicEnds } from './record-archive.ts';
import { storeReads } from './store-directly.ts';
import { type StoreProcess, startStoreProcess } from './store-process.ts';

export type FaultRunOptions = {
  seed: number;
  faults: number;
  /** Told what happens, one line a fault. */
  log?: (line: string) => void;
};

export type FaultRun = {
  tally: Map<FaultKind, number>;
  /** Workers that ended without being killed, and were started again as a supervisor does. */
  endedByThemselves: string[];
  polls: number;
  /** Records that the store read. */
  records: number;
  losses: Reads['losses'];
  lostUnread: Reads['lostUnread'];
  /** Records that ingest found to be lost (at least). */
  lostByIngest: number;
  /** Records that were read twice, not at all and not counted, or never written. */
  problems: string[];
  /**
   * What the faults left behind, and what the records that were read and the losses that were counted make one by one without Kafka.
   * What a run without faults makes of what Kafka holds in the end, and these records one by one without Kafka.
   */
  tables: Record<
    'withFaults' | 'withoutKafka' | 'withoutFaults' | 'heldWithoutKafka',
    Record<string, string[]>
  >;
};

const SYSTEMS = 9;
const STATIONS = 12;
const ROUNDS_PER_FAULT = 2;
const PARTITIONS = 4;
const GROUP = 'faults';
const MOMENT_MS_MAX = 400;
const PAUSE_MS_MAX = 800;
/** Polls are published again and again until the victim has come to its point. */
const REPEAT_MS = 2_000;

/**
 * Publishes polls while two store processes, Kafka and PostgreSQL (fsync on) are killed again and again, and
 * compares what is in the tables afterwards with runs without faults.
 */
export async function runFaults({ seed, faults, log = () => {} }: FaultRunOptions): Promise<FaultRun> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const run = await FaultyPipeline.start(seed, faults, stops);
    const plan = planFaults(seed, faults);
    const tally = new Map<FaultKind, number>();
    for (const [index, fault] of plan.entries()) {
      const startedAt = performance.now();
      await run.commit(fault);
      tally.set(fault.kind, (tally.get(fault.kind) ?? 0) + 1);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      log(
        `${String(index + 1).padStart(4)}/${plan.length}  ${fault.kind} (${seconds} s, sessions of ${run.sessionSeconds} s)`,
      );
    }
    log('All faults done; waiting until every record is stored');
    return { tally, ...(await run.finish(log)) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

class FaultyPipeline {
  readonly #servers: OwnServers;
  readonly #publisher: Publisher;
  readonly #rounds: PollRecord[];
  readonly #endedByThemselves: string[] = [];
  readonly #killed = new WeakSet<StoreProcess>();
  readonly #archive = new RecordArchive();
  readonly #ingestMetrics = new Registry();
  #workers: StoreProcess[] = [];
  #named = 0;
  #published = 0;
  #stopping = false;
  readonly #gaveUp = new AbortController();

  static async start(seed: number, faults: number, stops: (() => Promise<void>)[]): Promise<FaultyPipeline> {
    const run = new FaultyPipeline(await startOwnServers(stops), seed, faults);
    stops.push(() => run.#stop());
    await ensureTopics(run.#kafka, run.#kafkaSettings);
    await migrate(run.#databaseUrl('faults'));
    await keepJournal(run.#databaseUrl('faults'));
    run.#workers = [run.#startWorker(), run.#startWorker()];
    // A topic that was lost before anybody had a position in it would be a loss without a row.
    run.#publish();
    await run.#untilMoreThan(0n);
    return run;
  }

  constructor(servers: OwnServers, seed: number, faults: number) {
    this.#servers = servers;
    this.#rounds = randomPolls(seed, {
      systems: SYSTEMS,
      polls: (faults + 20) * ROUNDS_PER_FAULT * 2,
      stations: STATIONS,
    });
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    this.#publisher = new Publisher(
      createKafka(this.#kafkaSettings, { clientId: 'velolog-ingest' }),
      { bufferBytesMax: 64 * 1024 * 1024, topics: this.#kafkaSettings },
      { metrics: createIngestMetrics(this.#ingestMetrics), log: silent },
    );
    void this.#publisher.publishForever(this.#gaveUp.signal);
  }

  /** Of workers that start now: what a killed one leaves behind is free after it. */
  get sessionSeconds(): number {
    return this.#servers.sessionSeconds;
  }

  async commit(fault: PlannedFault): Promise<void> {
    const { kind } = fault;
    const before = await this.#stored();
    if (kind === 'store killed before the transaction') await this.#dieAt('before_transaction', fault);
    else if (kind === 'store killed inside the transaction') await this.#dieAt('in_transaction', fault);
    else if (kind === 'store killed between commit and Kafka’s commit')
      await this.#dieAt('after_commit', fault);
    else if (kind === 'store killed inside a rebalance') await this.#dieInRebalance(fault);
    else if (kind === 'store stopped past its session, then going on') await this.#standStill(fault);
    else if (kind === 'topic deleted and made anew')
      await this.#loseRecords(fault, () => makeTopicAnew(this.#kafkaSettings, this.#archive));
    else if (kind === 'Kafka killed, its logs without their ends')
      await this.#loseRecords(fault, () =>
        cutLogs(this.#servers, this.#kafkaSettings, this.#archive, {
          share: 0.3 + 0.7 * fault.victim,
          pauseMs: fault.pause * PAUSE_MS_MAX,
        }),
      );
    else await this.#killAtRandom(fault);
    if (fault.waits) await this.#untilMoreThan(before);
  }

  async finish(log: (line: string) => void): Promise<Omit<FaultRun, 'tally'>> {
    const held = await this.#untilAllStored('faults');
    await this.#stopWorkers();
    const withFaults = await readTableRows(this.#databaseUrl('faults'));
    const journal = await readJournal(this.#databaseUrl('faults'));
    const { reads, ...account } = readsOf(journal, this.#archive);
    log('Storing what was read, and what was lost, without Kafka');
    const withoutKafka = await this.#storeInto('direct', reads);
    log('Storing what Kafka holds now without faults');
    await this.#createDatabase('reference');
    const worker = startStoreProcess('reference', this.#servers.folder, this.#workerEnv('reference'));
    await worker.joined;
    await this.#untilStored('reference', held);
    worker.kill('SIGTERM');
    await worker.ended;
    const withoutFaults = await readTableRows(this.#databaseUrl('reference'));
    const heldWithoutKafka = await this.#storeInto('held', this.#archive.held(held));
    return {
      endedByThemselves: this.#endedByThemselves,
      polls: this.#published,
      records: reads.filter((read) => 'message' in read).length,
      ...account,
      lostByIngest: await this.#lostByIngest(),
      tables: { withFaults, withoutKafka, withoutFaults, heldWithoutKafka },
    };
  }

  async #storeInto(database: string, reads: Read[]): Promise<Record<string, string[]>> {
    await this.#createDatabase(database);
    await storeReads(this.#databaseUrl(database), reads, PARTITIONS);
    return await readTableRows(this.#databaseUrl(database));
  }

  async #lostByIngest(): Promise<number> {
    const metric = await this.#ingestMetrics.getSingleMetric('velolog_published_lost_total')?.get();
    return metric?.values[0]?.value ?? 0;
  }

  /**
   * Waits until the store has all that Kafka holds. A log that was cut and has grown to the very position that the store had shows
   * with the next record only: then there are some more.
   */
  async #untilAllStored(database: string): Promise<TopicEnds> {
    for (;;) {
      this.#publish();
      await this.#publisher.flush(AbortSignal.timeout(600_000));
      const ends = await withAdmin(this.#kafka, (admin) => this.#archive.take(this.#kafka, admin));
      if (await this.#untilStored(database, ends)) return ends;
    }
  }

  /** False when all positions are at the ends, but one of them came there in another log. */
  async #untilStored(database: string, { topic_id, ends }: TopicEnds): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.#databaseUrl(database) });
    await client.connect();
    try {
      for (;;) {
        const { rows } = await client.query(
          'select partition, next_offset, leader_epoch from velolog.kafka_position where topic_id = $1',
          [topic_id],
        );
        const full = [...ends].filter(([, { next_offset }]) => next_offset > 0n);
        const at = new Map(rows.map((row) => [row.partition, row]));
        if (
          full.every(([partition, end]) => BigInt(at.get(partition)?.next_offset ?? -1) === end.next_offset)
        )
          return full.every(([partition, end]) => at.get(partition).leader_epoch === end.leader_epoch);
        await wait(50);
      }
    } finally {
      await client.end();
    }
  }

  /** Kills a worker exactly where it is told to die. */
  async #dieAt(point: FaultPoint, { victim }: PlannedFault): Promise<void> {
    const worker = await this.#memberOf(victim);
    this.#killed.add(worker);
    worker.order({ point, act: 'die' });
    await this.#publishUntil(worker.ended);
    const { code, signal } = await worker.ended;
    if (signal !== 'SIGKILL') {
      this.#endedByThemselves.push(`${worker.name}: exit ${code}: ${worker.lastWords()}`);
    }
    this.#replace(worker);
  }

  /** One worker stands still in a batch; a third one joins, and the group waits for the first: then it is killed. */
  async #dieInRebalance({ victim }: PlannedFault): Promise<void> {
    const worker = await this.#memberOf(victim);
    worker.order({ point: 'before_transaction', act: 'hold' });
    await this.#publishUntil(worker.held);
    this.#killed.add(worker);
    this.#replace(worker);
    await this.#untilGroup(({ state }) => state.endsWith('Rebalance'));
    worker.kill('SIGKILL');
    await worker.ended;
  }

  /** A worker that is frozen for longer than its session loses its partitions, and wakes up with a batch at hand. */
  async #standStill({ victim, moment }: PlannedFault): Promise<void> {
    const worker = await this.#memberOf(victim);
    this.#publish();
    await wait(moment * MOMENT_MS_MAX);
    worker.kill('SIGSTOP');
    this.#publish();
    await this.#untilGroup(({ state, members }) => state === 'Stable' && members.length < 2);
    worker.kill('SIGCONT');
  }

  /** Kafka loses records: those that were read, and, where the workers are frozen meanwhile, some that were not. */
  async #loseRecords({ moment }: PlannedFault, lose: () => Promise<void>): Promise<void> {
    const freezes = moment < 0.5;
    this.#publish();
    await this.#publisher.flush(AbortSignal.timeout(600_000));
    const frozen = freezes ? this.#workers : [];
    for (const worker of frozen) worker.kill('SIGSTOP');
    this.#publish();
    await this.#publisher.flush(AbortSignal.timeout(600_000));
    await lose();
    this.#publish();
    await this.#publisher.flush(AbortSignal.timeout(600_000));
    for (const worker of frozen) worker.kill('SIGCONT');
  }

  async #killAtRandom({ kind, victim, moment, pause }: PlannedFault): Promise<void> {
    this.#publish();
    await wait(moment * MOMENT_MS_MAX);
    if (kind === 'store killed at a random moment') {
      const worker = this.#workers[Math.floor(victim * this.#workers.length)] as StoreProcess;
      this.#killed.add(worker);
      worker.kill('SIGKILL');
      await worker.ended;
      this.#replace(worker);
    } else if (kind === 'PostgreSQL killed at a random moment') {
      this.#servers.killPostgres();
      await wait(pause * PAUSE_MS_MAX);
      await this.#servers.startPostgres();
    } else {
      this.#servers.killKafka();
      await wait(pause * PAUSE_MS_MAX);
      await this.#servers.startKafka();
    }
  }

  #publish(): void {
    const next = this.#rounds.slice(this.#published, this.#published + ROUNDS_PER_FAULT * SYSTEMS);
    if (next.length === 0) throw new Error('The polls ran out before the victim came to its point');
    for (const poll of next) this.#publisher.publish(poll, null);
    this.#published += next.length;
  }

  async #publishUntil(done: Promise<unknown>): Promise<void> {
    const isDone = done.then(() => true);
    do this.#publish();
    while (!(await Promise.race([isDone, wait(REPEAT_MS, false)])));
  }

  /** A worker that the group has given partitions to: when all have joined, each has its share. */
  async #memberOf(victim: number): Promise<StoreProcess> {
    for (;;) {
      const workers = this.#workers;
      const joined = await Promise.allSettled(workers.map((worker) => worker.joined));
      const worker = this.#workers[Math.floor(victim * this.#workers.length)] as StoreProcess;
      if (joined.every(({ status }) => status === 'fulfilled') && workers === this.#workers) return worker;
      await wait(20);
    }
  }

  #replace(ended: StoreProcess): void {
    this.#workers = this.#workers.map((worker) => (worker === ended ? this.#startWorker() : worker));
  }

  #startWorker(): StoreProcess {
    this.#named += 1;
    const worker = startStoreProcess(`store-${this.#named}`, this.#servers.folder, this.#workerEnv('faults'));
    void worker.ended.then(({ code, signal }) => {
      if (this.#stopping || this.#killed.has(worker)) return;
      this.#endedByThemselves.push(`${worker.name}: ${signal ?? `exit ${code}`}: ${worker.lastWords()}`);
      this.#replace(worker);
    });
    return worker;
  }

  /** How often the positions have moved; waits while the database is away. */
  async #stored(): Promise<bigint> {
    for (;;) {
      const client = new pg.Client({ connectionString: this.#databaseUrl('faults') });
      client.on('error', () => {});
      try {
        await client.connect();
        const { rows } = await client.query('select max(entry_key)::text as stored from journal.entry');
        return BigInt(rows[0]?.stored ?? 0);
      } catch {
        // Not there yet: the server, or the database's recovery.
        await wait(50);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async #untilMoreThan(before: bigint): Promise<void> {
    while ((await this.#stored()) <= before) await wait(50);
  }

  async #untilGroup(isSo: (group: GroupDescription) => boolean): Promise<void> {
    await withAdmin(this.#kafka, async (admin) => {
      for (;;) {
        const [group] = (await admin.describeGroups([GROUP])).groups;
        if (group && isSo(group)) return;
        await wait(20);
      }
    });
  }

  async #createDatabase(name: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.#servers.databaseUrl });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
  }

  #databaseUrl(name: string): string {
    const url = new URL(this.#servers.databaseUrl);
    if (name !== 'faults') url.pathname = `/${name}`;
    return url.href;
  }

  get #kafka() {
    return createKafka(this.#kafkaSettings, { clientId: 'faults' });
  }

  get #kafkaSettings() {
    return kafkaSettings.parse({
      KAFKA_BROKERS: this.#servers.brokers,
      KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
    });
  }

  #workerEnv(database: string): Record<string, string> {
    return {
      KAFKA_BROKERS: this.#servers.brokers,
      KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
      KAFKA_GROUP_ID: database === 'faults' ? GROUP : `${database}-${randomBytes(3).toString('hex')}`,
      KAFKA_SESSION_TIMEOUT_SECONDS: String(this.#servers.sessionSeconds),
      DATABASE_URL: this.#databaseUrl(database),
    };
  }

  async #stopWorkers(): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#workers) worker.kill('SIGTERM');
    for (const { name, ended, lastWords } of this.#workers) {
      const { code, signal } = await ended;
      // Ended by the signal itself: it was told before it could listen, a moment after its start. Nothing to stop in order.
      if (signal === 'SIGTERM') continue;
      if (code !== 0)
        this.#endedByThemselves.push(`${name}, told to stop: ${signal ?? `exit ${code}`}: ${lastWords()}`);
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#gaveUp.abort();
    for (const worker of this.#workers) worker.kill('SIGKILL');
    await this.#publisher.close();
  }
}
