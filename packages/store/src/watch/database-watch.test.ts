import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../../../test/servers/test-database.ts';
import { watchDatabaseForever } from './database-watch.ts';
import type { PartitionProgress } from './progress.ts';

/** Whether the database excuses a partition that stands still, at the first look or before the second. */
async function excuses(databaseUrl: string, stalled = true): Promise<boolean> {
  const stop = new AbortController();
  const excused = Promise.withResolvers<boolean>();
  let looks = 0;
  const progress = {
    stalledFor: () => {
      looks += 1;
      if (looks === 2) excused.resolve(false);
      return stalled ? 0 : null;
    },
    held: () => excused.resolve(true),
  } as unknown as PartitionProgress;
  const watching = watchDatabaseForever({ databaseUrl, progress, signal: stop.signal, log: { warn() {} } });
  const answer = await excused.promise;
  stop.abort();
  await watching;
  return answer;
}

/** A server that takes connections, and says what it is given, or nothing at all. */
async function serverThatSays(answer: Buffer | null): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer && socket.end(answer));
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `postgres://someone@127.0.0.1:${(server.address() as AddressInfo).port}/velolog?sslmode=disable`;
}

/** As PostgreSQL says it before anybody has logged in. */
function errorResponse(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mno\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

test('a database that answers is no excuse', async () => {
  const database = await createTestDatabase();
  expect(await excuses(database.url)).toBe(false);
  await database.drop();
});

test('a database that is not there, does not answer or is just starting or stopping is an excuse', async () => {
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as AddressInfo;
  await new Promise((closed) => nobody.close(closed));
  expect(await excuses(`postgres://someone@127.0.0.1:${port}/velolog`)).toBe(true);
  expect(await excuses(await serverThatSays(null))).toBe(true);
  for (const code of ['57P03', '57P01', '57P02'])
    expect(await excuses(await serverThatSays(errorResponse(code))), code).toBe(true);
});

test('a database that answers but refuses is no excuse: no such database, no right, no session left', async () => {
  const database = await createTestDatabase();
  const url = new URL(database.url);
  url.pathname = '/there_is_none';
  expect(await excuses(url.href)).toBe(false);
  await database.drop();
  for (const code of ['28P01', '53300'])
    expect(await excuses(await serverThatSays(errorResponse(code))), code).toBe(false);
});

test('the database is not queried as long as no partition stands still', async () => {
  expect(await excuses('postgres://127.0.0.1:1/none', false)).toBe(false);
});
