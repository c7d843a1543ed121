import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { freePort } from '@velolog/embedded/free-port';
import { expect, onTestFinished, test } from 'vitest';
import { findHome } from '../home/home.ts';
import { checkPorts } from './check-ports.ts';

const plan = { home: findHome('/nowhere/at/all'), mode: 'up', ingest: true } as const;

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('every port that is taken or set twice is named, with what to do', async () => {
  const [taken, free] = [await takenPort(), await freePort()];
  const settings = { KAFKA_PORT: taken, STORE_PORT: free, INGEST_PORT: free, POSTGRES_PORT: taken };
  await expect(checkPorts({ ...plan, settings })).rejects.toThrow(
    [
      'Cannot start on these ports:',
      `  KAFKA_PORT=${taken}: another program listens there`,
      `  POSTGRES_PORT=${taken}: KAFKA_PORT has the same value`,
      `  INGEST_PORT=${free}: STORE_PORT has the same value`,
      'Stop that program or set other ports. Without a setting, Velolog takes a free port',
    ].join('\n'),
  );
});

test('the port of a part that is not started may be taken', async () => {
  const port = await takenPort();
  const settings = { KAFKA_PORT: port, KAFKA_BROKERS: 'kafka:9092', SIMULATOR_PORT: port };
  await checkPorts({ ...plan, settings });
});
