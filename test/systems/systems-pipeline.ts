import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@velolog/simulator/simulator';
import pg from 'pg';
import { type OwnServers, startOwnServers } from '../faults/own-servers.ts';
import { runSystems } from '../workers/systems-command.ts';
import { ask, startWorkerProcess, type WorkerProcess } from '../workers/worker-process.ts';

/** In the environment of the command and of the first ingest. */
export const CLIENT = { CLIENT_OF_TEST: 'secret-of-a-client' };

const CATALOGUE_HEAD =
  'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Supported Versions,Authentication Info URL,Authentication Type,Authentication Parameter Name';

/** The command, ingest and the store as they are for users, on a Kafka of their own: velolog.systems has one name. */
export class SystemsPipeline implements AsyncDisposable {
  readonly servers: OwnServers;
  readonly home: string;
  readonly database: pg.Client;
  readonly simulator: Simulator;
  ingest: WorkerProcess;
  readonly #stops: (() => Promise<void> | void)[];
  readonly #requests: Map<string, number>;
  /** At first nobody is there. */
  #catalogueUrl = 'http://127.0.0.1:9/systems.csv';

  private constructor(
    given: { servers: OwnServers; simulator: Simulator; database: pg.Client },
    stops: (() => Promise<void> | void)[],
    requests: Map<string, number>,
  ) {
    this.servers = given.servers;
    this.simulator = given.simulator;
    this.database = given.database;
    this.home = join(given.servers.folder, 'home');
    this.#stops = stops;
    this.#requests = requests;
    this.ingest = this.startIngest(this.systemsFile(0), CLIENT);
  }

  static async start(): Promise<SystemsPipeline> {
    const stops: (() => Promise<void> | void)[] = [];
    const servers = await startOwnServers(stops as (() => Promise<void>)[]);
    const requests = new Map<string, number>();
    const simulator = await startSimulator({
      systems: 4,
      stations: 10,
      ttlSeconds: 1,
      onRequest: ({ system_id }) => requests.set(system_id, (requests.get(system_id) ?? 0) + 1),
    });
    stops.push(() => simulator.close());
    const store = startWorkerProcess('store', {
      KAFKA_BROKERS: servers.brokers,
      DATABASE_URL: servers.databaseUrl,
    });
    stops.push(() => void store.child.kill('SIGKILL'));
    const database = new pg.Client({ connectionString: servers.databaseUrl });
    await database.connect();
    stops.push(() => database.end());
    return new SystemsPipeline({ servers, simulator, database }, stops, requests);
  }

  /** Runs `velolog systems`. */
  run(...args: string[]) {
    const env = { CATALOGUE_URL: this.#catalogueUrl, ...CLIENT };
    return runSystems(this.servers, args, { home: this.home, env });
  }

  startIngest(systemsFile: string, env: Record<string, string> = {}): WorkerProcess {
    const worker = startWorkerProcess('ingest', {
      KAFKA_BROKERS: this.servers.brokers,
      SYSTEMS_FILE: systemsFile,
      ALLOW_PRIVATE_FEEDS: '1',
      POLL_FLOOR_SECONDS: '1',
      HOST_REQUESTS_PER_SECOND_MAX: '100',
      ...env,
    });
    this.#stops.push(() => void worker.child.kill('SIGKILL'));
    return worker;
  }

  /** Ends the ingest that runs, in order, and starts one with another file. */
  async restartIngest(systemsFile: string, env: Record<string, string> = {}): Promise<void> {
    this.ingest.child.kill('SIGTERM');
    await this.ingest.ended;
    this.ingest = this.startIngest(systemsFile, env);
  }

  /** Writes systems.json with these systems of the simulator. */
  systemsFile(...indexes: number[]): string {
    return this.fileOf(
      'systems.json',
      indexes.map((at) => this.simulator.systemsFile().systems[at]),
    );
  }

  fileOf(name: string, systems: unknown[]): string {
    const path = join(this.servers.folder, name);
    writeFileSync(path, JSON.stringify({ systems }));
    return path;
  }

  discoveryUrl(index: number): string {
    return this.simulator.systemsFile().systems[index]?.discovery_url ?? '';
  }

  idOf(index: number): string {
    return this.simulator.systems[index]?.system_id ?? '';
  }

  /** From now on the simulated systems are in the catalogue. */
  async serveCatalogue(): Promise<void> {
    const rows = this.simulator.systems.map(
      ({ system_id }, index) => `NO,City ${index},Oslo,${system_id},,${this.discoveryUrl(index)},2.3,,,`,
    );
    const text = [CATALOGUE_HEAD, ...rows].join('\n');
    this.#catalogueUrl = `${await this.serve((_, response) => response.end(text))}/systems.csv`;
  }

  async serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#stops.push(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** How often a system was asked for a feed. */
  asked(system_id: string): number {
    return this.#requests.get(system_id) ?? 0;
  }

  /** Which systems an ingest polls now, by its own metrics. */
  async polled(worker: WorkerProcess = this.ingest): Promise<string[]> {
    const { text } = await ask(worker, '/metrics');
    const series = text.matchAll(/^gbfs_feed_consecutive_failures\{system="([^"]+)",feed="[^"]+"\}/gm);
    return [...new Set(Array.from(series, ([, system]) => system ?? ''))].toSorted();
  }

  /** The recorded systems and their sources, as the command lists them. */
  async listed(): Promise<Record<string, string>> {
    const { stdout } = await this.run('list', '--json');
    const rows = JSON.parse(stdout) as { system_id: string; source: string }[];
    return Object.fromEntries(rows.map(({ system_id, source }) => [system_id, source]));
  }

  async stationsOf(system_id: string): Promise<number> {
    const { rows } = await this.database.query(
      'select count(*)::int as stations from api.station_current where system_id = $1',
      [system_id],
    );
    return rows[0].stations;
  }

  async lastObserved(system_id: string): Promise<Date> {
    const { rows } = await this.database.query(
      'select last_observed_at from api.system where system_id = $1',
      [system_id],
    );
    return rows[0].last_observed_at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
  }
}
