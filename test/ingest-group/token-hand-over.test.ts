import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import {
  discoveryOf,
  type FeedServer,
  json,
  startFeedServer,
  statusOf,
} from '@velolog/ingest/fetch/test-feed-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkerProcess } from '../workers/worker-process.ts';
import { IngestWorkers } from './ingest-workers.ts';

// Two ingest workers of a group on a real Kafka, and a system whose access tokens soon expire.

/** Used for nine tenths of it: hardly less than the 10 s that a worker that takes over waits after the last token. */
const LIFETIME_SECONDS = 11;
const USUAL_SECONDS = 0.9 * LIFETIME_SECONDS;
const within = { timeout: 120_000, interval: 100 };

let folder: string;
let kafka: EmbeddedKafka;
let operator: FeedServer;
let workers: IngestWorkers;
/** The worker that sent each poll that a valid token came with, and the token. */
const polls: { agent: string; token: number; atMs: number }[] = [];
const tokens: { agent: string; atMs: number }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'velolog-tokens-'));
  kafka = await startEmbeddedKafka({
    directory: join(folder, 'kafka'),
    settings: { 'group.min.session.timeout.ms': '1000' },
  });
  operator = await startFeedServer();
  const { url, answers } = operator;
  answers['/token'] = (request, response) => {
    tokens.push({ agent: request.headers['user-agent'] ?? '', atMs: performance.now() });
    json({ access_token: `token-${tokens.length}`, token_type: 'bearer', expires_in: LIFETIME_SECONDS })(
      request,
      response,
    );
  };
  const forMembers =
    (document: unknown, isPoll: boolean): FeedServer['answers'][string] =>
    (request, response) => {
      const number = Number(/^Bearer token-(\d+)$/.exec(request.headers.authorization ?? '')?.[1] ?? 0);
      const fetchedMs = tokens[number - 1]?.atMs ?? Number.NEGATIVE_INFINITY;
      const isValid = performance.now() < fetchedMs + LIFETIME_SECONDS * 1000;
      if (!isValid) return void response.writeHead(401).end();
      if (isPoll)
        polls.push({ agent: request.headers['user-agent'] ?? '', token: number, atMs: performance.now() });
      json(document)(request, response);
    };
  answers['/guarded/gbfs'] = forMembers(discoveryOf(`${url}/guarded`, ['station_status']), false);
  answers['/guarded/station_status'] = forMembers(statusOf([1], 1), true);
  const systemsFile = join(folder, 'systems.json');
  const guarded = {
    id: 'guarded',
    discovery_url: `${url}/guarded/gbfs`,
    authentication: {
      type: 'oauth2',
      token_url: `${url}/token`,
      client_id: 'velolog',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in systems.json
      client_secret: '${GUARDED_SECRET}',
    },
  };
  writeFileSync(systemsFile, JSON.stringify({ systems: [guarded] }));
  workers = new IngestWorkers({
    KAFKA_BROKERS: kafka.brokers.join(','),
    SYSTEMS_FILE: systemsFile,
    GUARDED_SECRET: 's3cret',
    ALLOW_PRIVATE_FEEDS: '1',
    POLL_FLOOR_SECONDS: '1',
    STATIC_INTERVAL_SECONDS: '8',
    INGEST_SESSION_SECONDS: '4',
    CONNECT_TIMEOUT_SECONDS: '1',
    HEADERS_TIMEOUT_SECONDS: '2',
    BODY_TIMEOUT_SECONDS: '2',
  });
});

afterAll(async () => {
  for (const { child } of workers?.running ?? []) child.kill('SIGKILL');
  await operator?.[Symbol.asyncDispose]();
  kafka?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const names = new Map<WorkerProcess, string>();
function start(name: string): void {
  names.set(workers.start({ USER_AGENT_CONTACT: name }), name);
}
const isOf = (agent: string, name: string): boolean => agent.includes(`+${name})`);
const nameOf = (agent: string): string => [...names.values()].find((name) => isOf(agent, name)) ?? agent;

/** Waits until another worker than `last` polls the system with a token of its own. @returns its name */
async function polledByAnother(last: string | null): Promise<string> {
  const from = polls.length;
  const others = () => polls.slice(from).filter(({ agent }) => last === null || !isOf(agent, last));
  await expect.poll(() => others().length, within).toBeGreaterThan(2);
  const { agent = '', token = 0 } = others().at(-1) ?? {};
  expect(isOf(tokens[token - 1]?.agent ?? '', nameOf(agent))).toBe(true);
  return nameOf(agent);
}

test('a system that moves between workers, because one is killed or ends, has a token of each, and its token endpoint is never asked more often than by one worker', {
  timeout: 400_000,
}, async () => {
  const startMs = performance.now();
  start('first');
  let holder = await polledByAnother(null);
  for (const [round, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
    start(`another-${round}`);
    // Both are in the group: each of the twelve partitions has its worker, and both hold some.
    const isShared = async () => {
      const held = await workers.held();
      return (
        held.length === 2 &&
        held.every((count) => count > 0) &&
        held.reduce((sum, count) => sum + count) === 12
      );
    };
    await expect.poll(isShared, within).toBe(true);
    const from = polls.length;
    // By now it may be the new one's.
    await expect.poll(() => polls.length, within).toBeGreaterThan(from + 2);
    holder = nameOf(polls.at(-1)?.agent ?? '');
    const worker = workers.running.find((one) => names.get(one) === holder) as WorkerProcess;
    await workers.end(worker, signal);
    holder = await polledByAnother(holder);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const gaps = tokens.slice(1).map(({ atMs }, index) => (atMs - (tokens[index]?.atMs ?? 0)) / 1000);
  const silences = polls.slice(1).map(({ atMs }, index) => (atMs - (polls[index]?.atMs ?? 0)) / 1000);
  const workersAsked = new Set(tokens.map(({ agent }) => nameOf(agent)));
  console.log(
    `${tokens.length} tokens for ${workersAsked.size} workers in ${seconds.toFixed(0)} s, ${gaps.map((gap) => gap.toFixed(1)).join(', ')} s apart; longest silence ${Math.max(...silences).toFixed(1)} s`,
  );
  expect(workersAsked.size).toBeGreaterThan(1);
  expect(gaps.filter((gap) => gap < USUAL_SECONDS)).toEqual([]);
  expect(Math.max(...silences)).toBeLessThan(60);
  expect(workers.complaints()).toEqual([]);
});
