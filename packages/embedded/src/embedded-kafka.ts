import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '@velolog/worker/user-error';
import { brokerArguments, formatOnce, writeBrokerFiles } from './broker-folder.ts';
import type { BrokerPlan, KafkaLogin } from './broker-properties.ts';
import { brokerEnvironment } from './child-environment.ts';
import { classArchiveOptions } from './class-archive.ts';
import { findJava } from './find-java.ts';
import { freePort, isFree } from './free-port.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { ensureKafkaJars, type FetchProgress, KAFKA_VERSION } from './kafka-jars.ts';
import { isRunning, killGroup, type ProcessId, processId, spawnGroup, stopProcess } from './process-group.ts';
import { readyCluster } from './ready-cluster.ts';

export type EmbeddedKafka = {
  brokers: string[];
  port: number;
  pid: number;
  /** Whether it was already running, left behind by a supervisor that was killed. */
  adopted: boolean;
  isRunning(): boolean;
  stop(): Promise<void>;
  /** Kills the broker at once; the next start recovers. */
  kill(): void;
};

export type EmbeddedKafkaOptions = {
  /** Folder for everything of this broker: `data/`, `kafka.log`, `cluster-id`. */
  directory: string;
  /** Default: the port of the last start if it is free, else any free port. */
  port?: number | undefined;
  /** The only login that is accepted. Default: anybody who can reach the port may connect. Use only letters, digits, - and _. */
  login?: KafkaLogin | undefined;
  /** Broker settings on top of kafka/server.properties. */
  settings?: Record<string, string>;
  /** Default: true. False where no later start gains what the first one spends on the archive of Java's classes (6 s). */
  makesArchive?: boolean;
  progress?: FetchProgress;
  signal?: AbortSignal;
};

type LeftServer = ProcessId & { port: number; controllerPort: number };

/** A start takes 1-2 s, and minutes on a busy machine. A broker that has logged nothing for this long hangs. */
const SILENT_SECONDS_MAX = 120;

/**
 * Starts Apache Kafka (KRaft, one node) from jars that Maven fetches once, or adopts the broker that already serves the directory.
 * The broker leads its own process group and keeps running when we are killed: the next start finds it.
 * It is ready when it describes its cluster, with the id in `cluster-id`, and leads its partitions. An open port alone does not mean
 * that it answers.
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  // Only the owner may read the directory, because it contains polls of vehicles and the password.
  chmodSync(directory, 0o700);
  const serverFile = join(directory, 'server.json');
  const last = readJsonFile<LeftServer>(serverFile);
  const running = last && (await leftRunning(directory, last, options.login));
  if (running) return handle(running, true);

  const java = findJava();
  const cache = await ensureKafkaJars(java, options);
  const jvmOptions = await classArchiveOptions(java, cache, options);
  const settings = { ...(wasKilled(directory) && AFTER_A_KILL), ...options.settings };
  formatOnce(directory, cache);
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await portAgain(last?.port));
    const controllerPort = await freePort(last?.controllerPort);
    const plan = { port, controllerPort, login: options.login, settings };
    const server = spawnBroker(directory, java.command, cache, jvmOptions, plan);
    writeJsonFile(serverFile, server);
    const problem = await becomesReady(directory, server, options);
    if (problem === null) return handle(server, false);
    await stopProcess(server, 'SIGTERM', 5);
    // A port that was free a moment ago may be taken by the time the broker opens it.
    const passes = options.port === undefined && problem.includes('Address already in use') && attempt < 4;
    if (!passes) throw new UserError(`Kafka does not start in ${directory}: ${problem}`);
  }
}

/** The broker that a killed supervisor left behind in this directory; null when there is none. */
export function leftKafka(directory: string): ProcessId | null {
  const last = readJsonFile<LeftServer>(join(directory, 'server.json'));
  return last !== null && isRunning(last) ? { pid: last.pid, started: last.started } : null;
}

/**
 * After a kill the controller still counts the old broker as present until its session ends, and refuses the new one.
 * A file in Kafka's log directory tells whether it was shut down cleanly.
 */
function wasKilled(directory: string): boolean {
  const has = (file: string) => existsSync(join(directory, 'data', file));
  return has('meta.properties') && !has('.kafka_cleanshutdown');
}

const AFTER_A_KILL = { 'broker.session.timeout.ms': '6000', 'broker.heartbeat.interval.ms': '1000' };

/** Returns the broker that a killed supervisor left behind if it is still the process we recorded and answers; otherwise stops it. */
async function leftRunning(
  directory: string,
  last: LeftServer,
  login: KafkaLogin | undefined,
): Promise<LeftServer | null> {
  if (!isRunning(last)) return null;
  const signal = AbortSignal.timeout(20_000);
  if ((await becomesReady(directory, last, { login, signal }).catch(() => 'silent')) === null) return last;
  await stopProcess(last, 'SIGTERM', 10);
  return null;
}

/** The port of the last start. A broker that was just killed may hold it for a moment longer. */
async function portAgain(last: number | undefined): Promise<number> {
  for (
    let waitedMs = 0;
    last !== undefined && waitedMs < PORT_HELD_MS && !(await isFree(last));
    waitedMs += 50
  )
    await wait(50);
  return await freePort(last);
}

const PORT_HELD_MS = 2_000;

function spawnBroker(
  directory: string,
  java: string,
  cache: string,
  jvmOptions: string[],
  plan: BrokerPlan,
): LeftServer {
  writeBrokerFiles(directory, cache, plan);
  const output = openSync(join(directory, 'kafka.out'), 'w');
  try {
    // Java ignores this property; it tells people in the list of processes which broker this is.
    const whose = `-Dvelolog.directory=${directory}`;
    const args = [...jvmOptions, whose, ...brokerArguments()];
    const child = spawnGroup(java, args, {
      cwd: directory,
      env: brokerEnvironment(process.env),
      stdio: ['ignore', output, output],
    });
    child.on('error', () => {});
    child.unref();
    const pid = child.pid ?? 0;
    const { port, controllerPort } = plan;
    return { pid, started: processId(pid)?.started ?? 'never', port, controllerPort };
  } finally {
    closeSync(output);
  }
}

/** Returns null once the broker answers with our cluster's id, else what went wrong. */
async function becomesReady(
  directory: string,
  server: LeftServer,
  { login, signal }: Pick<EmbeddedKafkaOptions, 'login' | 'signal'>,
): Promise<string | null> {
  const clusterId = readFileSync(join(directory, 'cluster-id'), 'utf8').trim();
  const startedAt = Date.now();
  while (isRunning(server)) {
    if (signal?.aborted) {
      await stopProcess(server, 'SIGTERM', 5);
      signal.throwIfAborted();
    }
    const silentMs = Date.now() - Math.max(startedAt, lastLoggedAt(directory));
    if (silentMs > SILENT_SECONDS_MAX * 1000) {
      return `it does not answer and has logged nothing for ${SILENT_SECONDS_MAX} s; see ${join(directory, 'kafka.log')}`;
    }
    if ((await readyCluster(server.port, login)) === clusterId) return null;
    await wait(100);
  }
  return brokerError(directory);
}

function lastLoggedAt(directory: string): number {
  return statSync(join(directory, 'kafka.log'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function brokerError(directory: string): string {
  const read = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  };
  const lines = [...read('kafka.out'), ...read('kafka.log').slice(-200)];
  const cause = lines.filter((line) => /Exception|Error|ERROR|FATAL/.test(line)).at(-1);
  return `${cause?.trim().slice(0, 300) ?? `Kafka ${KAFKA_VERSION} exited at once`}; see ${join(directory, 'kafka.log')}`;
}

function handle(server: LeftServer, adopted: boolean): EmbeddedKafka {
  return {
    brokers: [`127.0.0.1:${server.port}`],
    port: server.port,
    pid: server.pid,
    adopted,
    isRunning: () => isRunning(server),
    // Data that is not on disk after 8 s is in the page cache, which survives a kill of the process, so nothing is lost.
    stop: () => stopProcess(server, 'SIGTERM', 8),
    kill: () => killGroup(server),
  };
}
