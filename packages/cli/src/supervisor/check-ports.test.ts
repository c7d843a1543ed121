import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { freePort } from '@velolog/embedded/free-port';
import { expect, onTestFinished, test } from 'vitest';
import { findHome } from '../home/home.ts';
import { checkPorts } from './check-ports.ts';

const plan = { home: findHome('/nowhere/at/all'), mode: 'up', ingest: true } as const;

const external = { KAFKA_BROKERS: 'kafka:9092', DATABASE_URL: 'postgres://db/velolog' };

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

test('a port is looked for where HOST says that the workers listen', async () => {
  const port = await takenPort();
  const settings = { ...external, STORE_PORT: port };
  await expect(checkPorts({ ...plan, settings })).rejects.toThrow(`STORE_PORT=${port}: another program`);
  await checkPorts({ ...plan, settings: { ...settings, HOST: '127.0.0.2' } });
});

test('a HOST that is no address of this machine is refused', async () => {
  // 192.0.2.0/24 is for documentation: no machine has one of its addresses.
  await expect(checkPorts({ ...plan, settings: { ...external, HOST: '192.0.2.1' } })).rejects.toThrow(
    'Cannot listen on HOST=192.0.2.1: this machine has no such address',
  );
});

test('the port of a part that is not started may be taken', async () => {
  const port = await takenPort();
  const settings = { KAFKA_PORT: port, KAFKA_BROKERS: 'kafka:9092', SIMULATOR_PORT: port };
  await checkPorts({ ...plan, settings });
});
