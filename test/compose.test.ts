import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@velolog/embedded/free-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readTableRows } from './history/table-rows.ts';
import { withClient } from './servers/with-client.ts';

// The stack as it is shipped, but for what a test machine must not have: fixed ports and the user's own image. Grafana, which is large and
// only shows what is in the database, takes part where its image is. PostgreSQL is published to be looked into.
const root = fileURLToPath(new URL('../', import.meta.url));
const project = `velolog-test-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'velolog-compose-'));
const override = join(folder, 'override.yml');
const images = imagesHere();
const reason = whyNot();
/** A URL would read some of these characters as something else, and a shell others. */
const PASSWORD = `a/b?c#d@e%f:g&h'i ö`;
let databaseUrl = '';
let pagePort = 0;
let grafanaPort = 0;

beforeAll(async () => {
  if (reason !== null) return;
  pagePort = await freePort();
  grafanaPort = await freePort();
  const postgresPort = await freePort();
  databaseUrl = `postgres://velolog:${encodeURIComponent(PASSWORD)}@127.0.0.1:${postgresPort}/velolog`;
  const image = 'velolog-test';
  const own = ['ingest', 'store', 'live', 'simulator', 'ingest-demo'];
  const services = {
    ...Object.fromEntries(own.map((name) => [name, { image }])),
    prometheus: { image: images.prometheus },
    alertmanager: { image: images.alertmanager },
    grafana: images.grafana ? { image: images.grafana } : { profiles: ['not-tested'] },
    postgres: { networks: ['inside', 'outside'], ports: [`127.0.0.1:${postgresPort}:5432`] },
  };
  writeFileSync(override, stringify({ services }));
});

afterAll(async () => {
  if (reason === null) await compose('down', '--volumes', '--timeout', '5');
  rmSync(folder, { recursive: true, force: true });
});

test('docker compose brings the demo up, three ingests share it and take over for each other, a killed store loses nothing, and the tables can be rebuilt from Kafka', async (context) => {
  context.skip(reason !== null, reason ?? '');
  await compose('up', '--detach', '--build', '--wait');
  const states = (await compose('ps', '--format', '{{.Service}} {{.Health}}')).trim().split('\n').sort();
  expect(states).toEqual(
    [
      'alertmanager',
      ...(images.grafana ? ['grafana'] : []),
      'ingest',
      'ingest-demo',
      'kafka',
      'live',
      'postgres',
      'prometheus',
      'simulator',
      'store',
    ].map((name) => `${name} healthy`),
  );
  await until(async () => (await count('select count(*) from api.station_current')) === 250);
  const page = await fetch(`http://127.0.0.1:${pagePort}/`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);

  await compose('up', '--detach', '--wait', '--no-recreate', '--scale', 'ingest-demo=3', 'ingest-demo');
  await until(async () => {
    const held = await Promise.all([1, 2, 3].map(partitionsHeld));
    return held.every((count) => count > 0) && held.reduce((sum, count) => sum + count, 0) === 12;
  });
  const polls = await Promise.all([1, 2, 3].map((index) => published(index)));
  const [recorder = 1] = [1, 2, 3].toSorted((a, b) => (polls[b - 1] ?? 0) - (polls[a - 1] ?? 0));
  const killedAt = new Date();
  spawnSync('docker', ['kill', '--signal', 'KILL', `${project}-ingest-demo-${recorder}`]);
  const observed =
    "select extract(epoch from max(last_observed_at)) from api.system where system_id = 'sim-oslo'";
  await until(async () => (await count(observed)) > killedAt.getTime() / 1000 + 30);
  // One again, and the first by number.
  await compose('rm', '--stop', '--force', 'ingest-demo');
  await compose('up', '--detach', '--wait', 'ingest-demo');

  await compose('kill', '--signal', 'KILL', 'store');
  const publishedBefore = await published();
  await until(async () => (await published()) >= publishedBefore + 2);
  await compose('up', '--detach', '--wait', 'store');
  await compose('stop', 'ingest', 'ingest-demo');
  const records = await recordsInKafka();
  expect(records).toBeGreaterThanOrEqual(publishedBefore + 2);
  await untilStored(records);
  const afterTheKill = await readTableRows(databaseUrl);

  await compose('stop', 'store', 'live');
  await ask('drop schema velolog, api cascade');
  await compose('up', '--detach', '--wait', 'store');
  await untilStored(records);
  expect(await readTableRows(databaseUrl)).toEqual(afterTheKill);
});

/** Waits until the position in the database is behind the last record of Kafka. */
async function untilStored(records: number): Promise<void> {
  await until(
    async () => (await count('select coalesce(sum(next_offset), 0) from velolog.kafka_position')) === records,
  );
}

async function recordsInKafka(): Promise<number> {
  const tool = '/opt/kafka/bin/kafka-get-offsets.sh';
  const lines = await compose(
    'exec',
    '--no-TTY',
    'kafka',
    tool,
    '--bootstrap-server',
    'localhost:9092',
    '--topic',
    'velolog[.](vehicle-)?polls',
  );
  return lines
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(':').at(-1)), 0);
}

/** How many polls an ingest of the demo has brought to Kafka. */
async function published(index = 1): Promise<number> {
  return Number(/^velolog_published_records_total (\d+)$/m.exec(await metricsOf(index))?.[1]);
}

async function partitionsHeld(index: number): Promise<number> {
  return Number(/^velolog_systems_partitions_held (\d+)$/m.exec(await metricsOf(index))?.[1] ?? 0);
}

async function metricsOf(index: number): Promise<string> {
  const program = 'fetch("http://127.0.0.1:9101/metrics").then((answer) => answer.text()).then(console.log)';
  return await compose('exec', '--no-TTY', '--index', `${index}`, 'ingest-demo', 'node', '-e', program);
}

async function count(query: string): Promise<number> {
  const [row = {}] = await ask(query).catch(() => []);
  return Number(Object.values(row)[0]);
}

async function ask(query: string): Promise<Record<string, unknown>[]> {
  return await withClient(databaseUrl, async (client) => {
    return (await client.query(query)).rows;
  });
}

async function compose(...args: string[]): Promise<string> {
  const files = ['--file', 'docker-compose.yml', '--file', override];
  const child = spawn(
    'docker',
    ['compose', '--project-name', project, '--profile', 'demo', ...files, ...args],
    {
      cwd: root,
      env: {
        ...process.env,
        POSTGRES_PASSWORD: PASSWORD,
        READER_PASSWORD: PASSWORD,
        LIVE_READER_PASSWORD: PASSWORD,
        VELOLOG_PAGE_PORT: `${pagePort}`,
        VELOLOG_GRAFANA_PORT: `${grafanaPort}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(200);
}

/** The images of the compose file, or other versions of the same that are here already: no test downloads one. */
function imagesHere(): Record<string, string | undefined> {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, { image: string; profiles?: string[] }>;
  };
  const { stdout } = spawnSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}'], {
    encoding: 'utf8',
  });
  const here = (stdout ?? '').split('\n');
  const found = Object.entries(services)
    .filter(([, { image, profiles = ['demo'] }]) => image !== 'velolog' && profiles.includes('demo'))
    .map(([name, { image }]) => {
      const wanted = image.replace(/^\$\{\w+:-(.*)\}$/, '$1');
      const repository = wanted.replace(/:.*/, ':');
      const isPinned = name === 'kafka' || name === 'postgres';
      return [name, here.find((one) => (isPinned ? one === wanted : one.startsWith(repository)))] as const;
    });
  const base = 'node:26-bookworm-slim';
  return { ...Object.fromEntries(found), base: here.find((one) => one === base) };
}

function whyNot(): string | null {
  const engine = spawnSync('docker', ['version'], { stdio: 'ignore' });
  if (engine.status !== 0) return 'no Docker engine answers';
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status !== 0) {
    return '`docker compose` is not installed';
  }
  const missing = Object.entries(images).filter(([name, image]) => image === undefined && name !== 'grafana');
  return missing.length > 0 ? `images are not here: ${missing.map(([name]) => name).join(', ')}` : null;
}
