import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  discoveryOf,
  type FeedServer,
  json,
  startFeedServer,
  statusOf,
} from '@velolog/ingest/fetch/test-feed-server';
import { type Simulator, startSimulator } from '@velolog/simulator/simulator';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnServers, startOwnServers } from './faults/own-servers.ts';
import { everythingInKafka } from './servers/everything-in-kafka.ts';
import { KEYS, startKeyedPublisher, TOKEN } from './workers/keyed-publisher.ts';
import { runSystems } from './workers/systems-command.ts';
import { ask, startWorkerProcess, type WorkerProcess } from './workers/worker-process.ts';

// The command, ingest and the store as they are for users, on a Kafka of their own: velolog.systems has one name.
// The tests go on from each other.

const within = { timeout: 120_000, interval: 100 };

const stops: (() => Promise<void> | void)[] = [];
let servers: OwnServers;
let simulator: Simulator;
let ingest: WorkerProcess;
let home: string;
let database: pg.Client;
/** How often each system was asked for a feed. */
const requests = new Map<string, number>();

/** In the environment of the command and of the first ingest. */
const CLIENT = { CLIENT_OF_TEST: 'secret-of-a-client' };

/** At first nobody is there. */
let catalogueUrl = 'http://127.0.0.1:9/systems.csv';

const run = (...args: string[]) =>
  runSystems(servers, args, { home, env: { CATALOGUE_URL: catalogueUrl, ...CLIENT } });

const discoveryUrl = (index: number) => simulator.systemsFile().systems[index]?.discovery_url ?? '';
const idOf = (index: number) => simulator.systems[index]?.system_id ?? '';

function writeFile(...indexes: number[]): string {
  const path = join(servers.folder, 'systems.json');
  writeFileSync(path, JSON.stringify({ systems: indexes.map((at) => simulator.systemsFile().systems[at]) }));
  return path;
}

const HEAD =
  'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Supported Versions,Authentication Info URL,Authentication Type,Authentication Parameter Name';

/** The simulated systems as a catalogue lists them. */
async function serveCatalogue(): Promise<void> {
  const rows = simulator.systems.map(
    ({ system_id }, index) => `NO,City ${index},Oslo,${system_id},,${discoveryUrl(index)},2.3,,,`,
  );
  const text = [HEAD, ...rows].join('\n');
  const catalogue = createServer((_, response) => response.end(text)).listen(0, '127.0.0.1');
  await once(catalogue, 'listening');
  stops.push(() => void catalogue.close());
  catalogueUrl = `http://127.0.0.1:${(catalogue.address() as AddressInfo).port}/systems.csv`;
}

function startIngest(systemsFile: string, env: Record<string, string> = {}): WorkerProcess {
  const worker = startWorkerProcess('ingest', {
    KAFKA_BROKERS: servers.brokers,
    SYSTEMS_FILE: systemsFile,
    ALLOW_PRIVATE_FEEDS: '1',
    POLL_FLOOR_SECONDS: '1',
    HOST_REQUESTS_PER_SECOND_MAX: '100',
    ...env,
  });
  stops.push(() => void worker.child.kill('SIGKILL'));
  return worker;
}

async function stationsOf(system_id: string): Promise<number> {
  const { rows } = await database.query(
    'select count(*)::int as stations from api.station_current where system_id = $1',
    [system_id],
  );
  return rows[0].stations;
}

async function lastObserved(system_id: string): Promise<Date> {
  const { rows } = await database.query('select last_observed_at from api.system where system_id = $1', [
    system_id,
  ]);
  return rows[0].last_observed_at;
}

const asked = (system_id: string) => requests.get(system_id) ?? 0;

/** Which systems ingest polls now, by its own metrics. */
async function polled(worker: WorkerProcess = ingest): Promise<string[]> {
  const { text } = await ask(worker, '/metrics');
  const series = text.matchAll(/^gbfs_feed_consecutive_failures\{system="([^"]+)",feed="[^"]+"\}/gm);
  return [...new Set(Array.from(series, ([, system]) => system ?? ''))].toSorted();
}

async function listed(): Promise<Record<string, string>> {
  const { stdout } = await run('list', '--json');
  const rows = JSON.parse(stdout) as { system_id: string; source: string }[];
  return Object.fromEntries(rows.map(({ system_id, source }) => [system_id, source]));
}

beforeAll(async () => {
  servers = await startOwnServers(stops as (() => Promise<void>)[]);
  home = join(servers.folder, 'home');
  simulator = await startSimulator({
    systems: 4,
    stations: 10,
    ttlSeconds: 1,
    onRequest: ({ system_id }) => requests.set(system_id, asked(system_id) + 1),
  });
  stops.push(() => simulator.close());
  const store = startWorkerProcess('store', {
    KAFKA_BROKERS: servers.brokers,
    DATABASE_URL: servers.databaseUrl,
  });
  stops.push(() => void store.child.kill('SIGKILL'));
  ingest = startIngest(writeFile(0), CLIENT);
  database = new pg.Client({ connectionString: servers.databaseUrl });
  await database.connect();
  stops.push(() => database.end());
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

test('the systems of systems.json are recorded', async () => {
  const isMigrated = async () =>
    (await database.query("select to_regclass('api.station_current') as view")).rows[0].view;
  await expect.poll(isMigrated, within).not.toBeNull();
  await expect.poll(() => stationsOf(idOf(0)), within).toBe(10);
  expect(await listed()).toEqual({ [idOf(0)]: 'file' });
});

test('a system that is added is in the database in seconds, without a restart', async () => {
  const added = await run('add', discoveryUrl(1));
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(`Added ${idOf(1)}`) });
  const addedAt = performance.now();
  await expect.poll(() => stationsOf(idOf(1)), within).toBe(10);
  expect(performance.now() - addedAt).toBeLessThan(10_000);
  expect(await listed()).toEqual({ [idOf(0)]: 'file', [idOf(1)]: 'command' });
});

test('a system whose operator gives tokens is added by flags, in the database in seconds without a restart, and goes on when its token is taken back', async () => {
  await using operator = await startFeedServer();
  const { url, answers } = operator;
  const client = `Basic ${Buffer.from(`me:${CLIENT.CLIENT_OF_TEST}`).toString('base64')}`;
  let token = 0;
  let bikes = 3;
  answers['/token'] = (request, response) => {
    if (request.headers.authorization !== client) return void response.writeHead(401).end();
    json({ access_token: `token-${++token}`, token_type: 'Bearer', expires_in: 3600 })(request, response);
  };
  // Only the last token counts.
  const forMembers =
    (document: () => unknown): FeedServer['answers'][string] =>
    (request, response) => {
      const isMember = token > 0 && request.headers.authorization === `Bearer token-${token}`;
      if (isMember) json(document())(request, response);
      else response.writeHead(401).end();
    };
  answers['/gbfs'] = forMembers(() => discoveryOf(url, ['station_status']));
  answers['/station_status'] = forMembers(() => statusOf([bikes, 4, 5], 1));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is typed
  const flags = ['--token-url', `${url}/token`, '--client-id', 'me', '--client-secret', '${CLIENT_OF_TEST}'];
  const added = await run('add', `${url}/gbfs`, '--id', 'members', ...flags);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Added members') });
  // Its secret is set here, too.
  expect(added.stderr).not.toMatch(/CLIENT_OF_TEST|references/);
  const addedAt = performance.now();
  await expect.poll(() => stationsOf('members'), within).toBe(3);
  expect(performance.now() - addedAt).toBeLessThan(10_000);

  token++;
  bikes = 7;
  const counted =
    "select sum(num_bikes_available)::int as bikes from api.station_current where system_id = 'members'";
  await expect.poll(async () => (await database.query(counted)).rows[0].bikes, within).toBe(7 + 4 + 5);
  expect(await run('remove', 'members')).toMatchObject({ code: 0 });
});

test('a system that cannot be added gives one message, and changes nothing', async () => {
  const page = createServer((_, response) => response.end('<html>no feed</html>')).listen(0, '127.0.0.1');
  await once(page, 'listening');
  stops.push(() => void page.close());
  const before = await listed();
  const refused: [args: string[], message: RegExp][] = [
    [[discoveryUrl(1)], new RegExp(`${idOf(1)} is already recorded`)],
    [[discoveryUrl(2), '--id', idOf(1)], /There is already a system/],
    [[discoveryUrl(2), `http://127.0.0.1:${(page.address() as AddressInfo).port}/`], /it is not GBFS/],
    [[`${discoveryUrl(2)}?api_key=0123456789abcdef`], /The URL contains a key/],
    [
      [discoveryUrl(2), '--header', 'Authorization: Bearer 0123456789abcdef'],
      /The header Authorization contains a key/,
    ],
    [['unknown'], /Cannot reach the catalogue/],
    [[], /Give the systems to add/],
  ];
  for (const [args, message] of refused) {
    const said = await run('add', ...args);
    expect(said.code, String(message)).not.toBe(0);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toContain('0123456789abcdef');
  }
  expect(await run('remove', 'nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not recorded'),
  });
  expect(await listed()).toEqual(before);
});

test('a restart keeps added systems, and follows the present file', async () => {
  ingest.child.kill('SIGTERM');
  await ingest.ended;
  ingest = startIngest(writeFile(2));
  await expect.poll(() => polled(), within).toEqual([idOf(1), idOf(2)].toSorted());
  expect(await listed()).toEqual({ [idOf(1)]: 'command', [idOf(2)]: 'file' });
  expect(await stationsOf(idOf(0))).toBe(10);
});

test('a system that is removed is asked no longer, its history stays, and it goes on when it is added again', async () => {
  expect(await run('remove', idOf(1))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('its history stays'),
  });
  await expect.poll(() => polled(), within).toEqual([idOf(2)]);
  const askedBefore = asked(idOf(1));
  const askedOther = asked(idOf(2));
  // Its ttl is a second: the other is asked again meanwhile.
  await expect.poll(() => asked(idOf(2)), within).toBeGreaterThan(askedOther + 3);
  expect(asked(idOf(1))).toBe(askedBefore);
  expect(await stationsOf(idOf(1))).toBe(10);
  const last = await lastObserved(idOf(1));
  expect(await run('add', discoveryUrl(1))).toMatchObject({ code: 0 });
  await expect.poll(async () => (await lastObserved(idOf(1))) > last, within).toBe(true);
  expect(await listed()).toEqual({ [idOf(1)]: 'command', [idOf(2)]: 'file' });
});

test('the search of the catalogue shows which systems are recorded', async () => {
  await serveCatalogue();
  const found = await run('search', 'city', 'oslo', '--json');
  const rows = JSON.parse(found.stdout) as { system_id: string; recorded: boolean; recorded_as: string }[];
  expect(rows.map(({ system_id, recorded }) => [system_id, recorded])).toEqual(
    [0, 1, 2, 3].map((index) => [idOf(index), index === 1 || index === 2]),
  );
});

test('a system is shown as its publisher answers, before it is recorded', async () => {
  const { stdout } = await run('show', idOf(3), '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    system_id: idOf(3),
    country: 'NO',
    recorded: false,
    problem: null,
    feeds: expect.arrayContaining([
      expect.objectContaining({ name: 'station_status', answer: 'ok', ttl_seconds: 1, rows: 10 }),
    ]),
  });
  expect((await run('show', discoveryUrl(1))).stdout).toMatch(/recorded +yes/);
});

test('a system of the catalogue is added by its id, and all systems of a country with one command', async () => {
  expect(await run('add', idOf(3))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Added ${idOf(3)}`),
  });
  await expect.poll(() => stationsOf(idOf(3)), within).toBe(10);
  const { stdout } = await run('add', '--country', 'no', '--json');
  const { added, skipped } = JSON.parse(stdout) as { added: { id: string }[]; skipped: { reason: string }[] };
  expect(added.map(({ id }) => id)).toEqual([idOf(0)]);
  expect(skipped.map(({ reason }) => reason)).toEqual(
    [1, 2, 3].map(() => expect.stringContaining('already recorded')),
  );
  expect(await listed()).toMatchObject({ [idOf(0)]: 'catalogue', [idOf(3)]: 'catalogue' });
  const { rows } = await database.query('select country from api.system where system_id = $1', [idOf(3)]);
  expect(rows).toEqual([{ country: 'NO' }]);
  await expect.poll(() => polled(), within).toContain(idOf(0));
});

test('a system that is recorded, but in no catalogue, is said to be recorded when it is added by its id', async () => {
  expect(await run('add', `${discoveryUrl(3)}?of=nobody`, '--id', 'unlisted')).toMatchObject({ code: 0 });
  expect(await run('add', 'unlisted')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unlisted is already recorded'),
  });
  expect(await run('remove', 'unlisted')).toMatchObject({ code: 0 });
});

test('two ingest workers with different files record the systems of both, and say so', async () => {
  const path = join(servers.folder, 'other.json');
  const other = { id: 'other-file', discovery_url: discoveryUrl(0) };
  writeFileSync(path, JSON.stringify({ systems: [other] }));
  const second = startIngest(path);
  const said = (worker: WorkerProcess, event: string) =>
    worker.said.flatMap((line) => (line.includes(event) ? [JSON.parse(line).systems] : []))[0];
  await expect.poll(() => said(second, 'not_in_file_any_more'), within).toEqual([idOf(2)]);
  await expect.poll(() => said(ingest, 'put_back'), within).toEqual([idOf(2)]);
  await expect.poll(listed, within).toMatchObject({ 'other-file': 'file', [idOf(2)]: 'file' });
  second.child.kill('SIGTERM');
  await second.ended;
});

test('an ingest of another group has entries of its own, and leaves those of the first alone', async () => {
  const path = join(servers.folder, 'group.json');
  const own = { id: 'other-group', discovery_url: `${discoveryUrl(1)}?of=other-group` };
  writeFileSync(path, JSON.stringify({ systems: [own] }));
  const before = await listed();
  const second = startIngest(path, { INGEST_GROUP_ID: 'others' });
  await expect.poll(listed, within).toEqual({ ...before, 'other-group': 'file' });
  await expect.poll(() => polled(second), within).toEqual(['other-group']);
  expect(await polled()).not.toContain('other-group');
  second.child.kill('SIGTERM');
  await second.ended;
});

test('keys of headers, URLs, clients and tokens reach no topic, log, metric, file or message, and one that is missing is the matter of its system alone', async () => {
  await using keyed = await startKeyedPublisher();
  const path = join(servers.folder, 'keyed.json');
  writeFileSync(path, JSON.stringify({ systems: keyed.entries }));
  ingest.child.kill('SIGTERM');
  await ingest.ended;
  const keyFile = join(servers.folder, 'client-key');
  writeFileSync(keyFile, `${KEYS.CLIENT_KEY}\n`);
  const { CLIENT_KEY, ...others } = KEYS;
  ingest = startIngest(path, { ...others, CLIENT_KEY_FILE: keyFile });
  const failing = async () => {
    const { rows } = await database.query(
      `select system_id from api.feed_health where feed = 'station_status' and last_error is not null order by 1`,
    );
    return rows.map(({ system_id }) => system_id);
  };
  await expect.poll(failing, within).toEqual(expect.arrayContaining(['by-bearer', 'by-header', 'by-token']));
  await expect
    .poll(() => keyed.requests.some((request) => request.path.startsWith('/by-url/')), within)
    .toBe(true);
  expect(ingest.said.find((line) => line.includes('system_unusable'))).toMatch(
    /"system":"without".*neither NOT_SET nor NOT_SET_FILE is set/,
  );
  expect(keyed.requests.some(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  const list = await run('list', '--json');
  const shown = await run('show', 'by-header');
  const { rows: feeds } = await database.query('select * from velolog.feed');
  const everything = [
    ...(await everythingInKafka(servers.brokers, within)),
    ingest.said.join('\n'),
    (await ask(ingest, '/metrics')).text,
    list.stdout + list.stderr + shown.stdout + shown.stderr,
    JSON.stringify(feeds),
    ...filesBelow(home),
  ];
  expect(everything.length).toBeGreaterThan(20);
  for (const secret of [...Object.values(KEYS), TOKEN]) {
    const written = everything.filter((text) => text.includes(secret));
    expect(
      written.map((text) => text.slice(0, 500)),
      secret,
    ).toEqual([]);
  }
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
