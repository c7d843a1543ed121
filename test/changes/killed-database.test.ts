import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import type { PollRecord } from '@velolog/stream/poll-record';
import { expect, test } from 'vitest';
import { storeDirectly } from '../faults/store-directly.ts';
import { random } from '../history/random.ts';
import { randomPolls } from '../history/random-polls.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { createTestFolder } from '../servers/test-folder.ts';
import { withClient } from '../servers/with-client.ts';
import { createTestTopics, startTestWorker } from '../workers/test-worker.ts';
import { untilStored } from '../workers/until-stored.ts';
import {
  BEGUN,
  changesOf,
  type Event,
  PUBLISHED,
  readEvents,
  untilTrue,
  WITH_CHANGES,
} from './changes-rig.ts';

type Point = 'in_transaction' | 'after_commit' | 'before_mark';

/** PostgreSQL is killed this long after a store passes this point. A commit takes 100 ms: from 5 ms on, it is under way. */
type Kill = { point: Point; afterMs: number };

const KILLS: Kill[] = [
  { point: 'in_transaction', afterMs: 0 },
  { point: 'in_transaction', afterMs: 30 },
  { point: 'in_transaction', afterMs: 80 },
  { point: 'in_transaction', afterMs: 115 },
  { point: 'after_commit', afterMs: 0 },
  { point: 'before_mark', afterMs: 0 },
  { point: 'before_mark', afterMs: 50 },
  { point: 'in_transaction', afterMs: 100 },
];

test.each(['on', 'off'])(
  'PostgreSQL killed in the middle of commits (synchronous_commit %s): velolog.changes has each change, and what comes again is the same',
  async (synchronous_commit) => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    console.log(`killed database: SEED=${seed}`);
    const polls = randomPolls(seed, { systems: 4, polls: 60, stations: 8 }).filter(
      ({ imported }) => !imported,
    );
    const told = await tellKilling(polls, { synchronous_commit, next: random(seed) });

    const wanted = await changesWithoutFaults(polls);
    expect(wanted.size).toBeGreaterThan(200);
    expect([...told.inSql.keys()].sort()).toEqual([...wanted.keys()].sort());
    expect([...wanted.keys()].filter((id) => !told.events.some((event) => event.id === id))).toEqual([]);
    for (const { id, change } of told.events) {
      const { name, lat, lon, ...values } = change;
      expect(wanted.get(id), id).toMatchObject(values);
    }
    expect(afterDropping(told.events).length).toBe(wanted.size);
  },
  240_000,
);

/** What is left for a reader who drops what is not newer than the last event of its key, as docs/changes.md says. */
function afterDropping(events: Event[]): Event[] {
  const newest = new Map<string, string>();
  return events.filter(({ key, change: { observed_at } }) => {
    if (observed_at <= (newest.get(key) ?? '')) return false;
    newest.set(key, observed_at);
    return true;
  });
}

async function changesWithoutFaults(polls: PollRecord[]) {
  const database = await createTestDatabase();
  await storeDirectly(database.url, polls);
  const changes = await withClient(database.url, (client) => changesOf(client, null));
  await database.drop();
  return changes;
}

async function tellKilling(
  polls: PollRecord[],
  { synchronous_commit, next }: { synchronous_commit: string; next: () => number },
) {
  const stops: (() => Promise<void>)[] = [];
  const server = await startServer(stops, synchronous_commit);
  const topics = await createTestTopics(2);
  stops.push(async () => topics[Symbol.asyncDispose]());
  const changesTopic = `${topics.names.pollsTopic}.changes`;
  const passing = async (point: Point) => server.pass(point);
  const worker = await startTestWorker(server, topics, {
    env: WITH_CHANGES,
    changesTopic,
    passing: (point) => (point === 'before_transaction' ? undefined : passing(point)),
    publishing: passing,
  });
  stops.push(() => worker.stop());
  try {
    await withClient(server.url, (client) => untilTrue(client, BEGUN));
    const size = Math.ceil(polls.length / (KILLS.length + 1));
    for (const [index, kill] of KILLS.entries()) {
      const killed = server.killAt(kill);
      await topics.publish(polls.slice(index * size, (index + 1) * size));
      await killed;
      await wait(next() * 1_500);
      await server.start();
    }
    await topics.publish(polls.slice(KILLS.length * size));
    await untilStored(server.url, await topics.ends());
    await withClient(server.url, (client) => untilTrue(client, PUBLISHED));
    const inSql = await withClient(server.url, (client) => changesOf(client, null));
    return { inSql, events: await readEvents(topics, changesTopic) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** A PostgreSQL as users run it, with fsync, that takes its time for commits and is killed at the points that a store passes. */
async function startServer(stops: (() => Promise<void>)[], synchronous_commit: string) {
  const directory = join(createTestFolder(stops), 'postgres');
  mkdirSync(directory);
  const settings = { synchronous_commit, commit_delay: '100000', commit_siblings: '0' };
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ directory, settings });
  stops.push(async () => server.kill());
  let planned: (Kill & { done: () => void }) | null = null;
  return {
    url: server.url,
    /** Resolves when it is dead. */
    killAt: (kill: Kill) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      planned = { ...kill, done: resolve };
      return promise;
    },
    pass: async (point: Point) => {
      if (planned?.point !== point) return;
      const { afterMs, done } = planned;
      planned = null;
      const kill = () => {
        server.kill();
        done();
      };
      if (afterMs === 0) kill();
      else setTimeout(kill, afterMs);
    },
    start: async () => {
      server = await startEmbeddedPostgres({ directory, settings, port: server.port });
    },
  };
}
