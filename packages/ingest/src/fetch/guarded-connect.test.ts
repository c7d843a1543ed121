import { spawn } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { guardedConnector, guardedLookup } from './guarded-connect.ts';

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function lookUp(found: LookupAddress[], options: { all?: boolean; family?: number } = { all: true }) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  guardedLookup(false, async () => found)('example.org', options, (error, address, family) =>
    error ? reject(error) : resolve(options.all ? address : { address, family }),
  );
  return promise;
}

test('of public and private addresses only the public ones are left to connect to', async () => {
  expect(await lookUp(at('10.0.0.1', '93.184.216.34', '::1'))).toEqual(at('93.184.216.34'));
});

test('a name with nothing but private addresses is refused, wrapped ones included', async () => {
  const found = at('127.0.0.1', '::ffff:10.0.0.1', 'fd00::1');
  await expect(lookUp(found)).rejects.toMatchObject({ code: 'REFUSED_PRIVATE_ADDRESS' });
});

test('a question for one address gets one of the family wanted', async () => {
  const found = at('2606:2800:220:1::1', '93.184.216.34');
  expect(await lookUp(found, { family: 4 })).toEqual({ address: '93.184.216.34', family: 4 });
});

test('a name without addresses is not found', async () => {
  await expect(lookUp([])).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

/** Listens for two connections, and takes none before the file is there: more of them lose their first packet, as over a bad line. */
const BUSY_SERVER = `
  const { createServer } = require('node:net');
  const { existsSync } = require('node:fs');
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(process.argv[1])) Atomics.wait(pause, 0, 0, 5);
  });
`;

test.runIf(process.platform === 'linux')(
  'a host of both families whose first packet is lost is connected to when it is sent again, a second later',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'velolog-connect-'));
    const free = join(folder, 'free');
    const server = spawn(process.execPath, ['-e', BUSY_SERVER, free], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    const [line] = await once(server.stdout, 'data');
    const port = Number(line);
    const fillers = [1, 2].map(() => openSocket(port, '127.0.0.1'));
    await Promise.all(fillers.map((filler) => once(filler, 'connect')));
    // No way leads to the second, as in most containers.
    const addresses = at('127.0.0.1', '2001:db8::1');
    const connect = guardedConnector(
      { allowPrivateAddresses: true, connectTimeoutMs: 10_000 },
      async () => addresses,
    );
    const startedAt = performance.now();
    const connected = Promise.withResolvers<void>();
    const to = { hostname: 'dual.example', host: 'dual.example', protocol: 'http:', port: String(port) };
    connect(to, (error, socket) => {
      if (error) return connected.reject(error);
      socket.destroy();
      connected.resolve();
    });
    // The line is free again before the packet is sent a second time, and after the time that Node would have given the address.
    await Promise.race([wait(800), connected.promise]);
    expect(performance.now() - startedAt).toBeGreaterThan(700);
    writeFileSync(free, '');
    await connected.promise;
    for (const filler of fillers) filler.destroy();
  },
);
