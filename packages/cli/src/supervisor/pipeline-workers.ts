import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loginEnvironment } from '@velolog/embedded/broker-properties';
import { withoutLibpq } from '@velolog/embedded/child-environment';
import { writeJsonFile } from '@velolog/embedded/json-file';
import type { Home } from '../home/home.ts';
import type { CliSettings } from './cli-settings.ts';
import { demoRun } from './demo-run.ts';
import type { PipelineServers } from './pipeline-servers.ts';
import { LIVE_NODE_ARGUMENTS, type WorkerCommand } from './worker-process.ts';

/** Drops libpq's variables when the database is embedded: its workers get the whole URL. */
function databaseEnv(env: NodeJS.ProcessEnv, { DATABASE_URL }: CliSettings): NodeJS.ProcessEnv {
  return DATABASE_URL ? env : withoutLibpq(env);
}

type Parts = { home: Home; settings: CliSettings; env: NodeJS.ProcessEnv };

const DEMO_STATIONS = 250;
/** A week and a day, because the last day is compared with the same hours of the week before. */
const DEMO_PAST_DAYS = 8;

/** Scooters, e-bikes and cargo bikes in the demo city's streets. */
const DEMO_VEHICLES = 400;

/** Options of the demo's simulated city, except the time it began. */
export function demoOptions() {
  return {
    stations: DEMO_STATIONS,
    vehicles: DEMO_VEHICLES,
    everyFeed: true,
    ttlSeconds: 10,
    startHour: 8,
  };
}

/** Partitions for each topic of an embedded broker: enough to try several store workers, few enough to start fast. */
export const EMBEDDED_PARTITIONS = '4';

export function storeCommand({ home, settings, env }: Parts, servers: PipelineServers): WorkerCommand {
  return {
    ...workerOf('store', home),
    port: settings.STORE_PORT ?? null,
    host: settings.HOST,
    env: (port) => ({
      ...kafkaEnv(databaseEnv(env, settings), servers),
      DATABASE_URL: servers.databaseUrl,
      ...passwordsOf(servers),
      STORE_PORT: `${port}`,
    }),
  };
}

function passwordsOf({ passwords }: PipelineServers): Record<string, string> {
  const { READER_PASSWORD, GRAFANA_READER_PASSWORD, LIVE_READER_PASSWORD } = passwords;
  return {
    ...(READER_PASSWORD && { READER_PASSWORD }),
    ...(GRAFANA_READER_PASSWORD && { GRAFANA_READER_PASSWORD }),
    ...(LIVE_READER_PASSWORD && { LIVE_READER_PASSWORD }),
  };
}

/** Used only when LAKE_DIR or LAKE_CATALOG_URI says where the lake is. */
export function lakeCommand({ home, settings, env }: Parts, servers: PipelineServers): WorkerCommand {
  return {
    ...workerOf('lake', home),
    port: settings.LAKE_PORT ?? null,
    host: settings.HOST,
    env: (port) => ({
      ...databaseEnv(env, settings),
      DATABASE_URL: servers.databaseUrl,
      LAKE_PORT: `${port}`,
    }),
  };
}

/** @param liveDatabaseUrl logs in as velolog_live, which can read all that the page needs */
export function liveCommand({ home, settings, env }: Parts, liveDatabaseUrl: string): WorkerCommand {
  return {
    ...workerOf('live', home),
    nodeArguments: LIVE_NODE_ARGUMENTS,
    port: settings.LIVE_PORT ?? null,
    host: settings.HOST,
    env: (port) => ({
      ...databaseEnv(env, settings),
      LIVE_DATABASE_URL: liveDatabaseUrl,
      LIVE_PORT: `${port}`,
    }),
  };
}

/** @param demo file with the simulated systems, used instead of SYSTEMS_FILE */
export function ingestCommand(
  { home, settings, env }: Parts,
  servers: Pick<PipelineServers, 'brokers' | 'kafka' | 'kafkaLogin'>,
  demo?: string,
): WorkerCommand {
  return {
    ...workerOf('ingest', home),
    port: settings.INGEST_PORT ?? null,
    host: settings.HOST,
    env: (port) => ({
      ...kafkaEnv(env, servers),
      SYSTEMS_FILE: demo ?? systemsFile(settings),
      ...(demo && { ALLOW_PRIVATE_FEEDS: '1', USER_AGENT_CONTACT: 'velolog demo' }),
      INGEST_PORT: `${port}`,
    }),
  };
}

export function simulatorCommand({ home, settings, env }: Parts): WorkerCommand {
  const { stations, vehicles, ttlSeconds, startHour } = demoOptions();
  const arguments_ = ['--stations', `${stations}`, '--vehicles', `${vehicles}`, '--every-feed'];
  arguments_.push('--ttl', `${ttlSeconds}`, '--start-hour', `${startHour}`);
  arguments_.push('--started-at', demoRun(home, settings.DEMO_PAST_DAYS ?? DEMO_PAST_DAYS).started_at);
  return {
    ...workerOf('simulator', home),
    port: settings.SIMULATOR_PORT ?? null,
    args: (port) => [...arguments_, '--port', `${port}`],
    env: () => env,
  };
}

/** Writes the simulator's list of systems to a file that ingest reads. */
export async function writeDemoSystems(
  home: Home,
  simulatorUrl: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await fetch(new URL('/systems.json', simulatorUrl), { signal });
  const path = join(home.path, 'demo-systems.json');
  writeJsonFile(path, await answer.json());
  return path;
}

/** SYSTEMS_FILE, else systems.json in the current folder, else the one that ships with Velolog. */
export function systemsFile(settings: { SYSTEMS_FILE?: string | undefined }): string {
  if (settings.SYSTEMS_FILE) return settings.SYSTEMS_FILE;
  const here = resolve('systems.json');
  return existsSync(here) ? here : fileURLToPath(new URL('../../../../systems.json', import.meta.url));
}

function kafkaEnv(
  env: NodeJS.ProcessEnv,
  { kafka, brokers, kafkaLogin }: Pick<PipelineServers, 'brokers' | 'kafka' | 'kafkaLogin'>,
): NodeJS.ProcessEnv {
  return {
    ...env,
    KAFKA_BROKERS: brokers,
    ...loginEnvironment(kafkaLogin ?? undefined),
    ...(kafka && { KAFKA_TOPIC_PARTITIONS: env.KAFKA_TOPIC_PARTITIONS || EMBEDDED_PARTITIONS }),
  };
}

function workerOf(name: string, home: Home): Pick<WorkerCommand, 'name' | 'script' | 'logFile'> {
  return {
    name,
    script: fileURLToPath(import.meta.resolve(`@velolog/${name}/main`)),
    logFile: join(home.logs, `${name}.log`),
  };
}
