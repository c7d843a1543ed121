import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@velolog/embedded/free-port';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

type Labels = Record<string, string>;
type Alert = {
  labels: Labels;
  status: { state: string; inhibitedBy: string[] };
  receivers: { name: string }[];
};

// Debian's name, and everybody else's.
const program = ['prometheus-alertmanager', 'alertmanager'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
const folder = mkdtempSync(join(tmpdir(), 'velolog-alertmanager-'));
let alertmanager: ChildProcess;
let url = '';

beforeAll(async () => {
  if (program === undefined) return;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const config = fileURLToPath(new URL('alertmanager.yml', import.meta.url));
  alertmanager = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  while (!(await fetch(`${url}/-/ready`).catch(() => null))?.ok) {
    if (alertmanager.exitCode !== null) throw new Error(`${program} ended with ${alertmanager.exitCode}`);
    await wait(50);
  }
});

afterAll(async () => {
  if (program !== undefined && alertmanager.exitCode === null) {
    alertmanager.kill();
    await once(alertmanager, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

beforeEach((context) => {
  context.skip(
    program === undefined,
    'Alertmanager is not installed (Debian: apt-get install prometheus-alertmanager)',
  );
});

type Fate = { inhibited: boolean; receiver: string | undefined };

/** A pair of which one is held back by the other, each time another one. */
let controls = 0;
function control(): Labels[] {
  const topic = `control-${controls++}`;
  return ['ConsumerStalled', 'ConsumerLagSeconds'].map((alertname) => ({ alertname, topic }));
}

/** What becomes of these alerts, fired at the same time; ended again afterwards. */
async function fire(...alerts: Labels[]): Promise<Record<string, Fate>> {
  // Alertmanager deals with them one after another in the background: when it holds back the last, it has seen all.
  const all = [...alerts, ...control()];
  await post(all, new Date(Date.now() + 3_600_000));
  for (;;) {
    const { ConsumerLagSeconds: last, ...fates } = await fatesOfAll();
    if (last?.inhibited) {
      await post(all, new Date());
      return fates;
    }
    await wait(50);
  }
}

async function fatesOfAll(): Promise<Record<string, Fate>> {
  const answer = await fetch(`${url}/api/v2/alerts`);
  return Object.fromEntries(
    ((await answer.json()) as Alert[]).map(({ labels, status, receivers }) => [
      labels.alertname,
      { inhibited: status.inhibitedBy.length > 0, receiver: receivers[0]?.name },
    ]),
  );
}

async function post(alerts: Labels[], endsAt: Date): Promise<void> {
  const startsAt = new Date(Date.now() - 1000);
  const body = JSON.stringify(alerts.map((labels) => ({ labels, startsAt, endsAt })));
  const answer = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(answer.status).toBe(200);
}

const feedFailing = {
  alertname: 'FeedFailing',
  subject: 'feed',
  severity: 'warning',
  system: 'a',
  feed: 'station_status',
};

test.for(['WorkerDown', 'WorkerAbsent'])(
  '%s of ingest holds back alerts of feeds, and no others',
  async (alertname) => {
    const ingest = { alertname, job: 'ingest', subject: 'worker', severity: 'critical' };
    const deadLetters = {
      alertname: 'DeadLetters',
      subject: 'pipeline',
      severity: 'warning',
      reason: 'stale',
    };
    expect(await fire(ingest, feedFailing, deadLetters)).toMatchObject({
      [alertname]: { inhibited: false, receiver: 'pager' },
      FeedFailing: { inhibited: true },
      DeadLetters: { inhibited: false, receiver: 'nobody' },
    });
  },
);

test('another worker that is down holds back no alert of feeds', async () => {
  const store = { alertname: 'WorkerDown', job: 'store', subject: 'worker', severity: 'critical' };
  expect(await fire(store, feedFailing)).toMatchObject({ FeedFailing: { inhibited: false } });
});

test('a feed that fails is not called overdue as well; another feed is', async () => {
  const overdue = { ...feedFailing, alertname: 'FeedOverdue' };
  expect(await fire(feedFailing, overdue)).toMatchObject({ FeedOverdue: { inhibited: true } });
  expect(await fire(feedFailing, { ...overdue, system: 'b' })).toMatchObject({
    FeedOverdue: { inhibited: false },
  });
});

test("the dead man's switch goes to the heartbeat", async () => {
  const watchdog = { alertname: 'Watchdog', subject: 'alerting', severity: 'none' };
  expect(await fire(watchdog)).toMatchObject({ Watchdog: { inhibited: false, receiver: 'heartbeat' } });
});
