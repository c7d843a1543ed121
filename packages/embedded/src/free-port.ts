import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range for outgoing connections (Linux: from 32768, others: from 49152), so that no connection takes the port before we do. */
const RANGE = [20_000, 32_000] as const;

const LOOPBACK = '127.0.0.1';

/** The wanted port if it is free on the host, else a random one, else one that the system chooses. */
export async function freePort(wanted?: number, host = LOOPBACK): Promise<number> {
  const candidates = [
    ...(wanted ? [wanted] : []),
    ...Array.from({ length: 5 }, () => randomInt(...RANGE)),
    0,
  ];
  for (const candidate of candidates) {
    const port = await tryPort(candidate, host);
    if (port !== null) return port;
  }
  throw new Error(`No free port on ${host}: is it an address of this machine?`);
}

export async function isFree(port: number, host = LOOPBACK): Promise<boolean> {
  return (await tryPort(port, host)) !== null;
}

function tryPort(port: number, host: string): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const server = createServer();
  server.once('error', () => resolve(null));
  server.listen(port, host, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
  });
  return promise;
}
