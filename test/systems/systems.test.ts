import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  discoveryOf,
  type FeedServer,
  json,
  startFeedServer,
  statusOf,
} from '@velolog/ingest/fetch/test-feed-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everythingInKafka } from '../servers/everything-in-kafka.ts';
import { KEYS, startKeyedPublisher, TOKEN } from '../workers/keyed-publisher.ts';
import { ask, type WorkerProcess } from '../workers/worker-process.ts';
import { CLIENT, SystemsPipeline } from './systems-pipeline.ts';

// The tests go on from each other.

const within = { timeout: 120_000, interval: 100 };

let pipeline: SystemsPipeline;
beforeAll(async () => {
  pipeline = await SystemsPipeline.start();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('the systems of systems.json are recorded', async () => {
  const isMigrated = async () =>
    (await pipeline.database.query("select to_regclass('api.station_current') as view")).rows[0].view;
  await expect.poll(isMigrated, within).not.toBeNull();
  await expect.poll(() => pipeline.stationsOf(pipeline.idOf(0)), within).toBe(10);
  expect(await pipeline.listed()).toEqual({ [pipeline.idOf(0)]: 'file' });
});

test('a system that is added is in the database in seconds, without a restart', async () => {
  const added = await pipeline.run('add', pipeline.discoveryUrl(1));
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(`Added ${pipeline.idOf(1)}`) });
  const addedAt = performance.now();
  await expect.poll(() => pipeline.stationsOf(pipeline.idOf(1)), within).toBe(10);
  expect(performance.now() - addedAt).toBeLessThan(10_000);
  expect(await pipeline.listed()).toEqual({ [pipeline.idOf(0)]: 'file', [pipeline.idOf(1)]: 'command' });
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
  const added = await pipeline.run('add', `${url}/gbfs`, '--id', 'members', ...flags);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Added members') });
  // Its secret is set here, too.
  expect(added.stderr).not.toMatch(/CLIENT_OF_TEST|references/);
  const addedAt = performance.now();
  await expect.poll(() => pipeline.stationsOf('members'), within).toBe(3);
  expect(performance.now() - addedAt).toBeLessThan(10_000);

  token++;
  bikes = 7;
  const counted =
    "select sum(num_bikes_available)::int as bikes from api.station_current where system_id = 'members'";
  await expect
    .poll(async () => (await pipeline.database.query(counted)).rows[0].bikes, within)
    .toBe(7 + 4 + 5);
  expect(await pipeline.run('remove', 'members')).toMatchObject({ code: 0 });
});

test('a system that cannot be added gives one message, and changes nothing', async () => {
  const page = await pipeline.serve((_, response) => response.end('<html>no feed</html>'));
  const before = await pipeline.listed();
  const refused: [args: string[], message: RegExp][] = [
    [[pipeline.discoveryUrl(1)], new RegExp(`${pipeline.idOf(1)} is already recorded`)],
    [[pipeline.discoveryUrl(2), '--id', pipeline.idOf(1)], /There is already a system/],
    [[pipeline.discoveryUrl(2), `${page}/`], /it is not GBFS/],
    [[`${pipeline.discoveryUrl(2)}?api_key=0123456789abcdef`], /The URL contains a key/],
    [
      [pipeline.discoveryUrl(2), '--header', 'Authorization: Bearer 0123456789abcdef'],
      /The header Authorization contains a key/,
    ],
    [['unknown'], /Cannot reach the catalogue/],
    [[], /Give the systems to add/],
  ];
  for (const [args, message] of refused) {
    const said = await pipeline.run('add', ...args);
    expect(said.code, String(message)).not.toBe(0);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toContain('0123456789abcdef');
  }
  expect(await pipeline.run('remove', 'nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not recorded'),
  });
  expect(await pipeline.listed()).toEqual(before);
});

test('a restart keeps added systems, and follows the present file', async () => {
  await pipeline.restartIngest(pipeline.systemsFile(2));
  await expect.poll(() => pipeline.polled(), within).toEqual([pipeline.idOf(1), pipeline.idOf(2)].toSorted());
  expect(await pipeline.listed()).toEqual({ [pipeline.idOf(1)]: 'command', [pipeline.idOf(2)]: 'file' });
  expect(await pipeline.stationsOf(pipeline.idOf(0))).toBe(10);
});

test('a system that is removed is asked no longer, its history stays, and it goes on when it is added again', async () => {
  expect(await pipeline.run('remove', pipeline.idOf(1))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('its history stays'),
  });
  await expect.poll(() => pipeline.polled(), within).toEqual([pipeline.idOf(2)]);
  const askedBefore = pipeline.asked(pipeline.idOf(1));
  const askedOther = pipeline.asked(pipeline.idOf(2));
  // Its ttl is a second: the other is asked again meanwhile.
  await expect.poll(() => pipeline.asked(pipeline.idOf(2)), within).toBeGreaterThan(askedOther + 3);
  expect(pipeline.asked(pipeline.idOf(1))).toBe(askedBefore);
  expect(await pipeline.stationsOf(pipeline.idOf(1))).toBe(10);
  const last = await pipeline.lastObserved(pipeline.idOf(1));
  expect(await pipeline.run('add', pipeline.discoveryUrl(1))).toMatchObject({ code: 0 });
  await expect.poll(async () => (await pipeline.lastObserved(pipeline.idOf(1))) > last, within).toBe(true);
  expect(await pipeline.listed()).toEqual({ [pipeline.idOf(1)]: 'command', [pipeline.idOf(2)]: 'file' });
});

test('the search of the catalogue shows which systems are recorded', async () => {
  await pipeline.serveCatalogue();
  const found = await pipeline.run('search', 'city', 'oslo', '--json');
  const rows = JSON.parse(found.stdout) as { system_id: string; recorded: boolean; recorded_as: string }[];
  expect(rows.map(({ system_id, recorded }) => [system_id, recorded])).toEqual(
    [0, 1, 2, 3].map((index) => [pipeline.idOf(index), index === 1 || index === 2]),
  );
});

test('a system is shown as its publisher answers, before it is recorded', async () => {
  const { stdout } = await pipeline.run('show', pipeline.idOf(3), '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    system_id: pipeline.idOf(3),
    country: 'NO',
    recorded: false,
    problem: null,
    feeds: expect.arrayContaining([
      expect.objectContaining({ name: 'station_status', answer: 'ok', ttl_seconds: 1, rows: 10 }),
    ]),
  });
  expect((await pipeline.run('show', pipeline.discoveryUrl(1))).stdout).toMatch(/recorded +yes/);
});

test('a system of the catalogue is added by its id, and all systems of a country with one command', async () => {
  expect(await pipeline.run('add', pipeline.idOf(3))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`Added ${pipeline.idOf(3)}`),
  });
  await expect.poll(() => pipeline.stationsOf(pipeline.idOf(3)), within).toBe(10);
  const { stdout } = await pipeline.run('add', '--country', 'no', '--json');
  const { added, skipped } = JSON.parse(stdout) as { added: { id: string }[]; skipped: { reason: string }[] };
  expect(added.map(({ id }) => id)).toEqual([pipeline.idOf(0)]);
  expect(skipped.map(({ reason }) => reason)).toEqual(
    [1, 2, 3].map(() => expect.stringContaining('already recorded')),
  );
  expect(await pipeline.listed()).toMatchObject({
    [pipeline.idOf(0)]: 'catalogue',
    [pipeline.idOf(3)]: 'catalogue',
  });
  const { rows } = await pipeline.database.query('select country from api.system where system_id = $1', [
    pipeline.idOf(3),
  ]);
  expect(rows).toEqual([{ country: 'NO' }]);
  await expect.poll(() => pipeline.polled(), within).toContain(pipeline.idOf(0));
});

test('a system that is recorded, but in no catalogue, is said to be recorded when it is added by its id', async () => {
  expect(
    await pipeline.run('add', `${pipeline.discoveryUrl(3)}?of=nobody`, '--id', 'unlisted'),
  ).toMatchObject({ code: 0 });
  expect(await pipeline.run('add', 'unlisted')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unlisted is already recorded'),
  });
  expect(await pipeline.run('remove', 'unlisted')).toMatchObject({ code: 0 });
});

test('two ingest workers with different files record the systems of both, and say so', async () => {
  const other = { id: 'other-file', discovery_url: pipeline.discoveryUrl(0) };
  const second = pipeline.startIngest(pipeline.fileOf('other.json', [other]));
  const said = (worker: WorkerProcess, event: string) =>
    worker.said.flatMap((line) => (line.includes(event) ? [JSON.parse(line).systems] : []))[0];
  await expect.poll(() => said(second, 'not_in_file_any_more'), within).toEqual([pipeline.idOf(2)]);
  await expect.poll(() => said(pipeline.ingest, 'put_back'), within).toEqual([pipeline.idOf(2)]);
  await expect
    .poll(() => pipeline.listed(), within)
    .toMatchObject({ 'other-file': 'file', [pipeline.idOf(2)]: 'file' });
  second.child.kill('SIGTERM');
  await second.ended;
});

test('an ingest of another group has entries of its own, and leaves those of the first alone', async () => {
  const own = { id: 'other-group', discovery_url: `${pipeline.discoveryUrl(1)}?of=other-group` };
  const before = await pipeline.listed();
  const second = pipeline.startIngest(pipeline.fileOf('group.json', [own]), { INGEST_GROUP_ID: 'others' });
  await expect.poll(() => pipeline.listed(), within).toEqual({ ...before, 'other-group': 'file' });
  await expect.poll(() => pipeline.polled(second), within).toEqual(['other-group']);
  expect(await pipeline.polled()).not.toContain('other-group');
  second.child.kill('SIGTERM');
  await second.ended;
});

test('keys of headers, URLs, clients and tokens reach no topic, log, metric, file or message, and one that is missing is the matter of its system alone', async () => {
  await using keyed = await startKeyedPublisher();
  const keyFile = join(pipeline.servers.folder, 'client-key');
  writeFileSync(keyFile, `${KEYS.CLIENT_KEY}\n`);
  const { CLIENT_KEY, ...others } = KEYS;
  await pipeline.restartIngest(pipeline.fileOf('keyed.json', keyed.entries), {
    ...others,
    CLIENT_KEY_FILE: keyFile,
  });
  const { ingest } = pipeline;
  const failing = async () => {
    const { rows } = await pipeline.database.query(
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
  const list = await pipeline.run('list', '--json');
  const shown = await pipeline.run('show', 'by-header');
  const { rows: feeds } = await pipeline.database.query('select * from velolog.feed');
  const everything = [
    ...(await everythingInKafka(pipeline.servers.brokers, within)),
    ingest.said.join('\n'),
    (await ask(ingest, '/metrics')).text,
    list.stdout + list.stderr + shown.stdout + shown.stderr,
    JSON.stringify(feeds),
    ...filesBelow(pipeline.home),
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
