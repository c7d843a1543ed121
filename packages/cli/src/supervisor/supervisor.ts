import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isNoSpace } from '@velolog/embedded/disk/no-space';
import { writeJsonFile } from '@velolog/embedded/json-file';
import { killSpawned } from '@velolog/embedded/process-group';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { releaseLock, takeLock } from '../home/home-lock.ts';
import { isReady, type Mode, nothingRuns, type State, type StoredState } from '../home/state.ts';
import { checkPorts } from './check-ports.ts';
import { type CliSettings, hasLake, readCliSettings } from './cli-settings.ts';
import { endLeftWorkers } from './left-workers.ts';
import { type PipelineServers, startBroker, startDatabase } from './pipeline-servers.ts';
import {
  ingestCommand,
  lakeCommand,
  liveCommand,
  simulatorCommand,
  storeCommand,
  writeDemoSystems,
} from './pipeline-workers.ts';
import { type WorkerCommand, WorkerProcess } from './worker-process.ts';

export type SupervisorOptions = {
  home: Home;
  mode: Mode;
  ingest: boolean;
  env: NodeJS.ProcessEnv;
  /** Events for people: a restart, an adopted server. */
  log: (message: string) => void;
  signal: AbortSignal;
};

const LOOK_INTERVAL_MS = 1000;
const WORKER_GRACE_SECONDS = 4;
/** When a worker takes longer than this to become ready, the user is told what it waits for. */
const SILENCE_MS = 15_000;
const FULL_DISK_MS = 30_000;

/**
 * Runs one pipeline: Kafka and PostgreSQL, unless the settings name others, and the workers on them.
 * States: starting -> running -> stopping -> stopped. It restarts a server or worker that ends by itself, on the same port.
 * Each process that it starts has its own process group. When the supervisor is killed, the workers end (their stdin closes), but the servers
 * keep running and the next supervisor adopts them.
 */
export class Supervisor {
  readonly state: State;
  readonly #options: SupervisorOptions;
  readonly #settings: CliSettings;
  readonly #workers: WorkerProcess[] = [];
  readonly #killAll = () => this.kill();
  #servers: PipelineServers | null = null;
  /** Aborted from outside or by stop(). */
  readonly #signal: AbortSignal;
  readonly #ending = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;
  #tellFullAgainAt = 0;
  #restartAt = 0;

  /** @throws InvalidSettings; UserError when another supervisor runs on the home */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#ending.signal]);
    this.#settings = readCliSettings(options.env);
    takeLock(options.home);
    // Whatever ends this process, even a second Ctrl-C or a bug of ours, nothing is left running.
    process.once('exit', this.#killAll);
    this.state = { ...nothingRuns(options.home), running: true, mode: options.mode };
  }

  /** Resolves when every part has started and says that it is ready. */
  async start(): Promise<void> {
    const { home, env, mode, ingest, log } = this.#options;
    await endLeftWorkers(home);
    await checkPorts({ home, mode, ingest, settings: this.#settings });
    const parts = { home, settings: this.#settings, env };
    const simulator = mode === 'demo' ? await this.#startWorker(simulatorCommand(parts)) : null;
    const servers = await this.#startServers();
    const store = await this.#startWorker(storeCommand(parts, servers));
    const others: WorkerProcess[] = [];
    if (mode !== 'import' && servers.liveDatabaseUrl !== null) {
      others.push(await this.#startWorker(liveCommand(parts, servers.liveDatabaseUrl)));
    } else if (mode !== 'import') {
      log('No live page: it needs the role velolog_live; set LIVE_READER_PASSWORD or LIVE_DATABASE_URL');
    }
    if (simulator !== null) {
      await this.#whenReady(simulator);
      const systems = await writeDemoSystems(home, simulator.url, this.#signal);
      others.push(await this.#startWorker(ingestCommand(parts, servers, systems)));
    } else if (ingest) {
      others.push(await this.#startWorker(ingestCommand(parts, servers)));
    }
    // The lake worker reads tables that the store creates.
    await this.#whenReady(store);
    if (mode !== 'import' && hasLake(this.#settings))
      others.push(await this.#startWorker(lakeCommand(parts, servers)));
    await Promise.all(
      others.map((worker) => this.#whenReady(worker, { orTold: worker.command.name === 'lake' })),
    );
  }

  /** Watches until told to stop. Rejects when a part cannot continue. */
  run(): Promise<void> {
    this.#watching = this.#watch();
    return this.#watching;
  }

  async #watch(): Promise<void> {
    const signal = this.#signal;
    const gaveUp = Promise.race(this.#workers.map((worker) => worker.gaveUp));
    gaveUp.catch(() => {});
    for (let looks = 0; !signal.aborted; looks++) {
      await Promise.race([gaveUp, wait(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {})]);
      if (signal.aborted) return;
      if (Date.now() < this.#restartAt) continue;
      await this.#restartDeadServers().catch((error) => {
        if (signal.aborted) return;
        // It goes on by itself once there is space again: whoever is away for a night should not lose more of it.
        if (!isNoSpace(error)) throw error;
        this.#restartAt = Date.now() + FULL_DISK_MS;
        this.#tellFullDisk();
      });
      if (looks % 60 === 0) for (const worker of this.#workers) worker.limitLog();
    }
  }

  /** Stops live, ingest, lake, store, Kafka and PostgreSQL in this order, so that each part can finish before the parts that it needs stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #stopInOrder(): Promise<void> {
    // End the watch first, or it would restart what is stopped below.
    this.#ending.abort();
    await this.#watching.catch(() => {});
    const named = (name: string) => this.#workers.filter(({ command }) => command.name === name);
    for (const worker of named('live')) await worker.stop(WORKER_GRACE_SECONDS);
    for (const worker of named('ingest')) await worker.stop(WORKER_GRACE_SECONDS);
    for (const worker of named('lake')) await worker.stop(WORKER_GRACE_SECONDS);
    for (const worker of named('store')) await worker.stop(WORKER_GRACE_SECONDS);
    for (const worker of named('simulator')) await worker.stop(1);
    await this.#servers?.kafka?.stop();
    await this.#servers?.postgres?.stop();
    // A start that failed may have left processes that no handle refers to.
    killSpawned();
    this.#leaveHome();
  }

  /** Kills everything at once. */
  kill(): void {
    killSpawned();
    this.#servers?.kafka?.kill();
    this.#servers?.postgres?.kill();
    this.#leaveHome();
  }

  #leaveHome(): void {
    process.off('exit', this.#killAll);
    rmSync(this.#options.home.state, { force: true });
    releaseLock(this.#options.home);
  }

  async #startServers(): Promise<PipelineServers> {
    const { home, log } = this.#options;
    const options = { home, settings: this.#settings, log, signal: this.#signal };
    // Wait for both even if one fails: only a server that we know of can be stopped.
    const [database, broker] = await Promise.allSettled([startDatabase(options), startBroker(options)]);
    const servers = {
      postgres: null,
      databaseUrl: '',
      readerDatabaseUrl: null,
      liveDatabaseUrl: null,
      passwords: {},
      kafka: null,
      brokers: '',
      kafkaLogin: null,
      ...(database.status === 'fulfilled' && database.value),
      ...(broker.status === 'fulfilled' && broker.value),
    };
    this.#servers = servers;
    if (database.status === 'rejected') throw database.reason;
    if (broker.status === 'rejected') throw broker.reason;
    if (servers.postgres?.adopted)
      log('PostgreSQL was still running after its supervisor was killed; using it again');
    if (servers.kafka?.adopted)
      log('Kafka was still running after its supervisor was killed; using it again');
    this.#write();
    return servers;
  }

  /** Restarts on the same port, which the workers know. */
  async #restartDeadServers(): Promise<void> {
    const { home, log } = this.#options;
    const servers = this.#servers;
    if (servers === null) return;
    const again = { home, log, signal: this.#signal };
    if (servers.postgres?.isRunning() === false) {
      log('PostgreSQL ended; starting it again');
      const settings = { ...this.#settings, POSTGRES_PORT: servers.postgres.port };
      servers.postgres = (await startDatabase({ ...again, settings })).postgres;
      this.#write();
    }
    if (servers.kafka?.isRunning() === false) {
      log('Kafka ended; starting it again');
      const settings = { ...this.#settings, KAFKA_PORT: servers.kafka.port };
      servers.kafka = (await startBroker({ ...again, settings })).kafka;
      this.#write();
    }
  }

  async #startWorker(command: WorkerCommand): Promise<WorkerProcess> {
    const worker = new WorkerProcess(command, (event) => {
      if (event) this.#options.log(event);
      this.#write();
    });
    this.#workers.push(worker);
    await worker.start();
    this.#write();
    return worker;
  }

  /** @param options.orTold return once the user has been told what the worker waits for, such as a disk, because nothing else depends on it */
  async #whenReady(worker: WorkerProcess, { orTold = false } = {}): Promise<void> {
    const { name, logFile } = worker.command;
    for (let tellAt = Date.now() + SILENCE_MS; ; ) {
      this.#signal.throwIfAborted();
      if (await isReady(name, worker.url)) break;
      await this.#restartDeadServers();
      if (worker.restarts >= 4) {
        throw new UserError(`${name} does not become ready: ${worker.said} (see ${logFile})`);
      }
      if (Date.now() > tellAt) {
        this.#options.log(`${name} is not ready yet: ${worker.said}`);
        if (orTold) return;
        tellAt = Date.now() + SILENCE_MS;
      }
      await Promise.race([worker.gaveUp, wait(100)]);
    }
    worker.ready = true;
    this.#write();
  }

  #write(): void {
    const { state } = this;
    const servers = this.#servers;
    state.database_url = servers?.databaseUrl || null;
    state.reader_database_url = servers?.readerDatabaseUrl ?? null;
    state.brokers = servers?.brokers || null;
    state.kafka_login = servers?.kafkaLogin ? { mechanism: 'plain', ...servers.kafkaLogin } : null;
    state.workers = this.#workers.map(({ command, id, url, ready }) => ({
      name: command.name,
      pid: id?.pid ?? null,
      url,
      ready,
    }));
    const pids = { supervisor: process.pid, postgres: servers?.postgres?.pid, kafka: servers?.kafka?.pid };
    const ports = { postgres: servers?.postgres?.port, kafka: servers?.kafka?.port };
    state.pids = known({ ...pids, ...fromWorkers(this.#workers, ({ id }) => id?.pid) });
    state.ports = known({ ...ports, ...fromWorkers(this.#workers, ({ port }) => port) });
    const processes = this.#workers.map(({ id }) => id).filter((id) => id !== null);
    try {
      writeJsonFile(this.#options.home.state, { ...state, processes } satisfies StoredState, 0o600);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      this.#tellFullDisk();
    }
  }

  #tellFullDisk(): void {
    const now = Date.now();
    if (now < this.#tellFullAgainAt) return;
    this.#tellFullAgainAt = now + FULL_DISK_MS;
    const { home, log } = this.#options;
    log(`The disk of ${home.path} is full: nothing is recorded until there is space again`);
  }
}

function fromWorkers(
  workers: WorkerProcess[],
  pick: (worker: WorkerProcess) => number | undefined,
): Record<string, number | undefined> {
  return Object.fromEntries(workers.map((worker) => [worker.command.name, pick(worker)]));
}

function known(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => !!entry[1]));
}
