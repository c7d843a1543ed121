import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@velolog/embedded/free-port';
import { spawnGroup } from '@velolog/embedded/process-group';
import { type CatalogueEntry, parseCatalogue } from '@velolog/ingest/sources/catalogue';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from '../corpus.ts';
import { type OwnServers, startOwnServers } from '../faults/own-servers.ts';
import { runSystems } from '../workers/systems-command.ts';
import { ask, startWorkerProcess, type WorkerProcess } from '../workers/worker-process.ts';

/**
 * Every system of MobilityData's catalogue, simulated, is recorded after one command. It prints how long that takes. One ingest and one store worker
 * run as for users; part of `npm run test:world`.
 */
const missing = missingCorpus('systems.csv');
const STATIONS = 230_000;
/** Loopback addresses, so that the limits per host apply: six systems share one. */
const HOSTS = 250;
const OWN = 'of-systems-json';
const within = { timeout: 600_000, interval: 1000 };

const stops: (() => Promise<void> | void)[] = [];
let servers: OwnServers;
let database: pg.Client;
let store: WorkerProcess;
let ingest: WorkerProcess;
let catalogueUrl: string;
let listed: CatalogueEntry[];

describe.skipIf(missing !== null)('the whole catalogue, simulated', () => {
  beforeAll(async () => {
    listed = parseCatalogue(readFileSync(join(corpus, 'systems.csv'), 'utf8')).entries;
    servers = await startOwnServers(stops as (() => Promise<void>)[]);
    // One more, because systems.json has to name one.
    const [own = '', ...urls] = await simulate(1 + listed.length);
    catalogueUrl = await serveCatalogue(urls);
    const kafka = { KAFKA_BROKERS: servers.brokers };
    store = startWorkerProcess('store', {
      ...kafka,
      DATABASE_URL: servers.databaseUrl,
    });
    stops.push(() => void store.child.kill('SIGKILL'));
    const systemsFile = join(servers.folder, 'systems.json');
    writeFileSync(systemsFile, JSON.stringify({ systems: [{ id: OWN, discovery_url: own }] }));
    ingest = startWorkerProcess('ingest', {
      ...kafka,
      SYSTEMS_FILE: systemsFile,
      ALLOW_PRIVATE_FEEDS: '1',
    });
    stops.push(() => void ingest.child.kill('SIGKILL'));
    database = new pg.Client({ connectionString: servers.databaseUrl });
    await database.connect();
    stops.push(() => database.end());
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  test('is recorded after one command, but for those that need a key, which are named', {
    timeout: 900_000,
  }, async () => {
    for (const worker of [store, ingest])
      await expect.poll(async () => (await ask(worker, '/readyz')).status, within).toBe(200);
    const startedAt = performance.now();
    const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
    const { code, stdout } = await run('add', '--all', '--json');
    expect(code).toBe(0);
    const { added, skipped } = JSON.parse(stdout) as { added: { id: string }[]; skipped: Skipped[] };
    console.log(`velolog systems add --all: ${added.length} of ${listed.length} added in ${seconds()} s`);
    console.log(skipped.map(({ system_id, reason }) => `left out ${system_id}: ${reason}`).join('\n'));
    const locked = listed.flatMap(({ id, authentication }) => (authentication === null ? [] : [id]));
    expect(skipped.map(({ system_id }) => system_id)).toEqual(locked);
    for (const { reason } of skipped) expect(reason).toContain('needs a key');
    const free = listed.flatMap(({ id, authentication }) => (authentication === null ? [id] : []));
    expect(added.map(({ id }) => id)).toEqual(free);

    for (const share of [0.001, 0.5, 0.9, 1]) {
      const wanted = Math.ceil(share * free.length);
      await expect.poll(async () => (await recorded()).length, within).toBeGreaterThanOrEqual(wanted);
      console.log(`the stations of ${wanted} systems recorded after ${seconds()} s`);
    }
    expect(await recorded()).toEqual(free.toSorted());
    const list = JSON.parse((await run('list', '--json')).stdout) as {
      system_id: string;
      last_error: string | null;
    }[];
    expect(list.map(({ system_id }) => system_id).toSorted()).toEqual([...free, OWN].toSorted());
  });
});

type Skipped = { system_id: string; reason: string };

/** The systems that have stations, with values, in the order of their ids. */
async function recorded(): Promise<string[]> {
  const { rows } = await database.query(
    'select system_id from api.system_current where stations > 0 and bikes is not null and system_id <> $1',
    [OWN],
  );
  return rows.map(({ system_id }) => system_id as string).toSorted();
}

/** @returns their discovery URLs */
async function simulate(systems: number): Promise<string[]> {
  const port = await freePort();
  const script = fileURLToPath(import.meta.resolve('@velolog/simulator/main'));
  const size = ['--systems', `${systems}`, '--total-stations', `${STATIONS}`, '--hosts', `${HOSTS}`];
  const others = ['--versions', '1.0,2.3,2.3,3.0', '--ttl', '60', '--port', `${port}`];
  const child = spawnGroup(process.execPath, [script, ...size, ...others], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  stops.push(() => void child.kill('SIGKILL'));
  for (;;) {
    if (child.exitCode !== null) throw new Error('The simulator ended');
    const answer = await fetch(`http://127.0.0.1:${port}/systems.json`).catch(() => null);
    if (answer?.ok) {
      const file = (await answer.json()) as { systems: { discovery_url: string }[] };
      return file.systems.map(({ discovery_url }) => discovery_url);
    }
    await wait(100);
  }
}

/** MobilityData's rows, each with the URL of a simulated system. */
async function serveCatalogue(urls: string[]): Promise<string> {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = listed.map((row, index) => {
    const type = row.authentication === null ? '' : row.authentication.kind === 'url' ? '1' : '2';
    const names = row.authentication?.names.join(' | ') ?? '';
    return [row.country, row.name, row.location, row.id, '', urls[index] ?? '', '', '', type, names]
      .map(quoted)
      .join(',');
  });
  const head =
    'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Supported Versions,Authentication Info URL,Authentication Type,Authentication Parameter Name';
  const text = [head, ...rows].join('\n');
  const server = createServer((_, response) => response.end(text)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/systems.csv`;
}

async function run(...args: string[]) {
  const home = join(servers.folder, 'home');
  const said = await runSystems(servers, args, { home, env: { CATALOGUE_URL: catalogueUrl } });
  if (said.stderr !== '') console.error(said.stderr);
  return said;
}
