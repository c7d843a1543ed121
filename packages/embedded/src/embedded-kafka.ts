import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { UserError } from '@velolog/worker/user-error';
import { type BrokerPlan, brokerProperties, type KafkaLogin, loginEnvironment } from './broker-properties.ts';
import { brokerEnvironment } from './child-environment.ts';
import { findJava } from './find-java.ts';
import { freePort, isFree } from './free-port.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import {
  ensureKafkaJars,
  type FetchProgress,
  javaArguments,
  KAFKA_FOLDER,
  KAFKA_VERSION,
} from './kafka-jars.ts';
import { isRunning, killGroup, type ProcessId, processId, spawnGroup, stopProcess } from './process-group.ts';

export type EmbeddedKafka = {
  brokers: string[];
  port: number;
  pid: number;
  /** Whether it was found running, left by a supervisor that was killed. */
  adopted: boolean;
  isRunning(): boolean;
  stop(): Promise<void>;
  /** Now; the next start recovers. */
  kill(): void;
};

export type EmbeddedKafkaOptions = {
  /** Where everything of this broker lives: `data/`, `kafka.log`, `cluster-id`. */
  directory: string;
  /** Default: the port of the last start when it is free, else any. */
  port?: number | undefined;
  /** Who may log in, and nobody else; default: whoever reaches the port. Letters, digits, - and _ only. */
  login?: KafkaLogin | undefined;
  /** Broker settings on top of kafka/server.properties. */
  settings?: Record<string, string>;
  progress?: FetchProgress;
  signal?: AbortSignal;
};

type LeftServer = ProcessId & { port: number; controllerPort: number };

/** A start takes 1-2 s, and minutes on a machine busy with other work; one that has logged nothing for so long hangs. */
const SILENT_SECONDS_MAX = 120;

/**
 * Starts Apache Kafka (KRaft, one node) from jars that Maven fetches once, or adopts the broker that already serves the directory.
 * It is the leader of a process group of its own and outlives us when we are killed: the next start finds it.
 * Ready means that it describes its cluster, with the id in `cluster-id`, and leads its partitions; an open port alone answers
 * nothing yet.
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true });
  // The polls of vehicles are nobody's business, and the settings hold the password.
  chmodSync(directory, 0o700);
  const serverFile = join(directory, 'server.json');
  const last = readJsonFile<LeftServer>(serverFile);
  const running = last && (await leftRunning(directory, last, options.login));
  if (running) return handle(running, true);

  const java = findJava();
  const cache = await ensureKafkaJars(java, options);
  const settings = { ...(wasKilled(directory) && AFTER_A_KILL), ...options.settings };
  formatOnce(directory, cache);
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await portAgain(last?.port));
    const controllerPort = await freePort(last?.controllerPort);
    const server = spawnBroker(directory, java.command, cache, {
      port,
      controllerPort,
      login: options.login,
      settings,
    });
    writeJsonFile(serverFile, server);
    const problem = await becomesReady(directory, server, options);
    if (problem === null) return handle(server, false);
    await stopProcess(server, 'SIGTERM', 5);
    // A port that was free a moment ago can be taken by the time the broker asks for it.
    const passes = options.port === undefined && problem.includes('Address already in use') && attempt < 4;
    if (!passes) throw new UserError(`Kafka does not start in ${directory}: ${problem}`);
  }
}

/** The broker that a killed supervisor left on a directory that startEmbeddedKafka was given; null when there is none. */
export function leftKafka(directory: string): ProcessId | null {
  const last = readJsonFile<LeftServer>(join(directory, 'server.json'));
  return last !== null && isRunning(last) ? { pid: last.pid, started: last.started } : null;
}

/**
 * Of a broker that was killed, its controller believes for the length of a session that it is still there, and refuses
 * the new one. Kafka's log directory says whether it was closed in order.
 */
function wasKilled(directory: string): boolean {
  const has = (file: string) => existsSync(join(directory, 'data', file));
  return has('meta.properties') && !has('.kafka_cleanshutdown');
}

const AFTER_A_KILL = { 'broker.session.timeout.ms': '6000', 'broker.heartbeat.interval.ms': '1000' };

/** The broker a killed supervisor left, when it still is the process we wrote down and answers; else it is ended. */
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

/** The port of the last start. A broker that was killed a moment ago may hold it for another one. */
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

/** What `kafka-storage format` does: names the cluster and says which features it starts with. */
function formatOnce(directory: string, cache: string): void {
  const data = join(directory, 'data');
  if (existsSync(join(data, 'meta.properties'))) return;
  mkdirSync(data, { recursive: true });
  const clusterId = kafkaId();
  writeFileSync(join(directory, 'cluster-id'), `${clusterId}\n`);
  copyFileSync(join(cache, 'bootstrap.checkpoint'), join(data, 'bootstrap.checkpoint'));
  const lines = ['version=1', `cluster.id=${clusterId}`, 'node.id=1', `directory.id=${kafkaId()}`];
  // Last: its presence is what makes the directory a formatted one.
  writeFileSync(join(data, 'meta.properties'), `${lines.join('\n')}\n`);
}

/** 16 random bytes in Kafka's spelling; an id must not begin with a dash. */
function kafkaId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? kafkaId() : id;
}

/**
 * Java is told no path at all: it runs in the directory and finds everything by short names. In Kafka's settings a comma separates
 * folders and a backslash escapes, its properties are Latin-1, a colon separates class paths, and without a locale Java names no ö.
 */
function spawnBroker(directory: string, java: string, cache: string, plan: BrokerPlan): LeftServer {
  const file = join(directory, 'server.properties');
  rmSync(file, { force: true });
  writeFileSync(file, brokerProperties(plan), { mode: 0o600 });
  copyFileSync(join(KAFKA_FOLDER, 'log4j2.properties'), join(directory, 'log4j2.properties'));
  rmSync(join(directory, 'libs'), { force: true });
  symlinkSync(join(cache, 'libs'), join(directory, 'libs'), 'junction');
  const output = openSync(join(directory, 'kafka.out'), 'w');
  try {
    // For people who look at the list of processes.
    const whose = `-Dvelolog.directory=${directory}`;
    const args = [...javaArguments('kafka.log'), whose, 'kafka.Kafka', 'server.properties'];
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

/** null once the broker answers for our cluster, else what went wrong. */
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
      return `it neither answers nor logs anything; see ${join(directory, 'kafka.log')}`;
    }
    if ((await portOpen(server.port)) && (await readyCluster(server.port, login)) === clusterId) return null;
    await wait(100);
  }
  return brokerError(directory);
}

function lastLoggedAt(directory: string): number {
  return statSync(join(directory, 'kafka.log'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function portOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

async function readyCluster(port: number, login: KafkaLogin | undefined): Promise<string | null> {
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: `127.0.0.1:${port}`, ...loginEnvironment(login) });
  const admin = createKafka(settings, { clientId: 'velolog-supervisor' }).admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    // After a kill it answers before it leads its partitions again, and until then refuses to say where they end.
    for (const topic of await admin.listTopics()) await admin.fetchTopicOffsets(topic);
    return clusterId;
  } catch {
    return null;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

function brokerError(directory: string): string {
  const read = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  };
  const lines = [...read('kafka.out'), ...read('kafka.log').slice(-200)];
  const cause = lines.filter((line) => /Exception|Error|ERROR|FATAL/.test(line)).at(-1);
  return `${cause?.trim().slice(0, 300) ?? `Kafka ${KAFKA_VERSION} ended at once`}; see ${join(directory, 'kafka.log')}`;
}

function handle(server: LeftServer, adopted: boolean): EmbeddedKafka {
  return {
    brokers: [`127.0.0.1:${server.port}`],
    port: server.port,
    pid: server.pid,
    adopted,
    isRunning: () => isRunning(server),
    // Whatever it has not written down after 8 s is in the page cache, which outlives it: killing it then loses nothing.
    stop: () => stopProcess(server, 'SIGTERM', 8),
    kill: () => killGroup(server),
  };
}
