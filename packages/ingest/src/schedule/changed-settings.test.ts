import { afterAll, describe, expect, test } from 'vitest';
import { json, startFeedServer, statusOf } from '../fetch/test-feed-server.ts';
import { settingsToPoll } from '../sources/secrets/settings-to-poll.ts';
import { system } from '../sources/system.ts';
import { RestartedRecorder } from './test-restarted-recorder.ts';

const server = await startFeedServer();
afterAll(() => server[Symbol.asyncDispose]());

/** By then back-off is the longest. */
const FAILING_SECONDS = 20_000;

server.answers['/gbfs.json'] = json({
  last_updated: 1_790_000_000,
  ttl: 60,
  version: '2.3',
  data: { en: { feeds: [{ name: 'station_status', url: `${server.url}/station_status` }] } },
});

/** Its publisher wants a key in a header, and sees `env.KEY` as `${KEY}`. */
function city(headers: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
  server.answers['/station_status'] = (request, response) =>
    request.headers['x-key'] === 'right'
      ? json(statusOf([1], 60))(request, response)
      : response.writeHead(403).end();
  const listed = { id: 'city', discovery_url: `${server.url}/gbfs.json`, feeds: ['station_status'], headers };
  return settingsToPoll(system.parse(listed), env);
}

const statusOfPolls = ({ polls }: RestartedRecorder) => polls.filter(({ feed }) => feed === 'station_status');

/** A worker whose station_status has just failed again, so that it will leave it alone for 48 minutes, and when. */
async function failing(settings: ReturnType<typeof city>) {
  const worker = new RestartedRecorder();
  worker.recorder.setSystems([settings]);
  let seconds = FAILING_SECONDS;
  await worker.runUntil(seconds);
  worker.polls.length = 0;
  while (statusOfPolls(worker).length === 0) {
    seconds += 30;
    await worker.runUntil(seconds);
  }
  expect(statusOfPolls(worker).map(({ outcome }) => outcome)).toEqual(['failed']);
  worker.polls.length = 0;
  const at = seconds;
  return {
    worker,
    runFor: (more: number) => worker.runUntil(at + more),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as it is to be written
describe('back-off ends when settings change', () => {
  test.each([
    ['in a worker that runs', false, { 'x-key': 'right' }, {}],
    ['by a restart, for a key in the file', true, { 'x-key': 'right' }, {}],
    ['by a restart, for a key in the environment', true, { 'x-key': '${KEY}' }, { KEY: 'right' }],
  ])('%s', async (_, isRestarted, headers, env) => {
    await using failed = await failing(city({}));
    const { worker, runFor } = failed;
    if (isRestarted) await worker.restart();
    worker.recorder.setSystems([city(headers, env)]);
    await runFor(120);
    expect(statusOfPolls(worker)[0]?.outcome).toBe('fetched');
  });

  test('once for each change, also in a worker that restarts again and again', async () => {
    const askedIn = async (headers: Record<string, string>, isRestarted: boolean): Promise<number> => {
      await using failed = await failing(city({}));
      const { worker, runFor } = failed;
      for (let restarts = 1; restarts <= 20; restarts++) {
        if (isRestarted || restarts === 1) await worker.restart();
        worker.recorder.setSystems([city(headers)]);
        await runFor(restarts * 90);
      }
      return statusOfPolls(worker).length;
    };
    expect(await askedIn({ 'x-key': 'wrong' }, true)).toBe(1);
    expect(await askedIn({ 'x-key': 'wrong' }, false)).toBe(1);
    expect(await askedIn({}, true)).toBe(0);
  });

  test('but not by a restart with another value of the same name: nothing that a key could be guessed from is written', async () => {
    await using failed = await failing(city({ 'x-key': '${KEY}' }, { KEY: 'wrong' }));
    const { worker, runFor } = failed;
    const right = city({ 'x-key': '${KEY}' }, { KEY: 'right' });
    await worker.restart();
    worker.recorder.setSystems([right]);
    await runFor(120);
    expect(statusOfPolls(worker)).toEqual([]);
    // As docs/operations.md says.
    await worker.restart();
    worker.recorder.setSystems([city({ 'x-key': '${NEW_KEY}' }, { NEW_KEY: 'right' })]);
    await runFor(240);
    expect(statusOfPolls(worker)[0]?.outcome).toBe('fetched');
  });
});

test('what identifies the settings is the same for any key, any order and what is left out, and other for anything that is asked otherwise', () => {
  const of = (more: object, env = {}) =>
    settingsToPoll(system.parse({ id: 'a', discovery_url: 'https://a.example/', ...more }), env).listedHash;
  const same = of({ headers: { 'X-Key': '${KEY}', 'X-Account': 'me' } }, { KEY: 'one' });
  expect(of({ headers: { 'X-Account': 'me', 'X-Key': '${KEY}' }, languages: [] }, { KEY: 'two' })).toBe(same);
  const plain = of({ headers: { 'X-Api-Key': '0123456789abcdef' } });
  expect(of({ headers: { 'X-Api-Key': 'fedcba9876543210' } })).toBe(plain);
  const all = [
    {},
    { headers: { 'X-Api-Key': 'abc' } },
    { headers: { 'X-Api-Key': '${KEY}' } },
    { headers: { 'X-Account': 'me' } },
    { headers: { 'X-Account': 'you' } },
    { feeds: ['station_status'] },
    { languages: ['no', 'en'] },
    { languages: ['en', 'no'] },
    { interval_seconds: 60 },
    {
      authentication: {
        type: 'oauth2',
        token_url: 'https://a.example/token',
        client_id: 'me',
        client_secret: '${KEY}',
      },
    },
  ];
  expect(new Set(all.map((more) => of(more, { KEY: 'one' }))).size).toBe(all.length);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as it is to be written
