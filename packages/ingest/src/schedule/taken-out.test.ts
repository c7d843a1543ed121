import { afterAll, describe, expect, test } from 'vitest';
import { discoveryOf, jsonWithEtag, startFeedServer, statusOf } from '../fetch/test-feed-server.ts';
import { settingsToPoll } from '../sources/secrets/settings-to-poll.ts';
import { system } from '../sources/system.ts';
import { RestartedRecorder } from './test-restarted-recorder.ts';

const server = await startFeedServer();
afterAll(() => server[Symbol.asyncDispose]());

const FEEDS = ['station_status', 'station_information'];
const TTL_SECONDS = 60;
server.answers['/gbfs.json'] = jsonWithEtag(discoveryOf(server.url, FEEDS), '"g"');
for (const feed of FEEDS) server.answers[`/${feed}`] = jsonWithEtag(statusOf([1], TTL_SECONDS), '"a"');

const city = settingsToPoll(
  system.parse({ id: 'city', discovery_url: `${server.url}/gbfs.json`, feeds: FEEDS }),
  {},
);
const never = () => false;
const always = () => true;

/** The polls of a system that was away from 200 s to 300 s: those before, and those after until 420 s. */
async function polledAround({ isElsewhere = never, isTakenOut = never, isRestarted = false }) {
  await using worker = new RestartedRecorder();
  worker.recorder.setSystems([city]);
  await worker.runUntil(200);
  worker.recorder.setSystems([], isElsewhere, isTakenOut);
  await worker.runUntil(300);
  const before = worker.polls.splice(0);
  if (isRestarted) await worker.restart();
  worker.recorder.setSystems([city]);
  await worker.runUntil(420);
  return { before, after: worker.polls };
}

describe('a system that a command took out, so that its history may be forgotten, and that is added again', () => {
  test.each([
    ['', false],
    [' after a restart', true],
  ])('is asked for each of its feeds, whole, at once%s', async (_, isRestarted) => {
    const { before, after } = await polledAround({ isTakenOut: always, isRestarted });
    expect(before).toContainEqual(expect.objectContaining({ feed: 'station_status', outcome: 'unchanged' }));
    for (const feed of ['gbfs', ...FEEDS]) {
      const [first] = after.filter((poll) => poll.feed === feed);
      expect(first).toMatchObject({ feed, outcome: 'fetched' });
      expect(first?.atSeconds).toBeLessThan(310);
    }
  });

  test('is asked for none of them before its ttl is over', async () => {
    await using worker = new RestartedRecorder();
    worker.recorder.setSystems([city]);
    await worker.runUntil(5);
    expect(worker.polls.length).toBe(3);
    worker.recorder.setSystems([], never, always);
    worker.recorder.setSystems([city]);
    await worker.runUntil(TTL_SECONDS - 1);
    expect(worker.polls.length).toBe(3);
    await worker.runUntil(TTL_SECONDS + 15);
    expect(worker.polls.map(({ outcome }) => outcome)).toEqual(Array(6).fill('fetched'));
  });

  test.each([403, 410])('is left alone after a restart, as before, where it answers %i', async (status) => {
    server.answers['/broken.json'] = (_, response) => response.writeHead(status).end();
    const broken = { ...city, discovery_url: `${server.url}/broken.json` };
    await using worker = new RestartedRecorder();
    worker.recorder.setSystems([broken]);
    let seconds = 20_000;
    await worker.runUntil(seconds);
    const asked = worker.polls.length;
    // Back-off has just begun again, for 48 minutes. What has ended is asked once a day.
    while (status !== 410 && worker.polls.length === asked) {
      seconds += 30;
      await worker.runUntil(seconds);
    }
    worker.polls.length = 0;
    worker.recorder.setSystems([], never, always);
    await worker.restart();
    worker.recorder.setSystems([broken]);
    await worker.runUntil(seconds + 300);
    expect(worker.polls).toEqual([]);
  });
});

test.each([
  [
    'went to another worker, which noted its bodies',
    { isElsewhere: always, isTakenOut: always, isRestarted: true },
  ],
  ['was out of the file for a moment', {}],
])('a system that %s goes on with its ETags, and its static feeds wait for their hour', async (_, how) => {
  const { after } = await polledAround(how);
  expect(after.map(({ feed }) => feed)).not.toContain('station_information');
  expect(after.map(({ feed }) => feed)).not.toContain('gbfs');
  expect(after.map(({ outcome }) => outcome)).not.toContain('fetched');
  expect(after.length).toBeGreaterThan(0);
});

test('polls that still wait for the turn of their host when their systems go away have asked nobody: they are due at once when the systems are back', async () => {
  await using worker = new RestartedRecorder();
  const SYSTEMS = 60;
  const many = Array.from({ length: SYSTEMS }, (_, number) =>
    settingsToPoll(
      system.parse({
        id: `city-${number}`,
        discovery_url: `${server.url}/gbfs-${number}.json`,
        feeds: ['station_information'],
      }),
      {},
    ),
  );
  const asked = () => worker.polls.filter(({ feed }) => feed === 'gbfs').length;
  for (let number = 0; number < SYSTEMS; number++)
    server.answers[`/gbfs-${number}.json`] = jsonWithEtag(discoveryOf(server.url, FEEDS), '"g"');
  worker.recorder.setSystems(many);
  // Two requests a second: most wait.
  await worker.runUntil(10);
  expect(asked()).toBeLessThan(SYSTEMS / 2);
  worker.recorder.setSystems([], always);
  await worker.restart();
  worker.recorder.setSystems(many);
  await worker.runUntil(45);
  // The two that were under way may have reached the host.
  expect(asked()).toBeGreaterThanOrEqual(SYSTEMS - 2);
});
