import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
// Creating a server replaces the global Response. RESPONSE_ALREADY_SENT works only if it was created before that.
import '@hono/node-server/utils/response';
import type { Env, Hono, Schema } from 'hono';
import type { Registry } from 'prom-client';
import type { Check } from './check.ts';
import { createHealthApp } from './health-app.ts';

export type { Check } from './check.ts';

export type HealthServer = {
  url: string;
  port: number;
  /** Makes /readyz answer 503 with this reason from now on. It cannot be undone: it is for a worker that stops. */
  notReady(reason: string): void;
  /** Lets running answers finish, drops idle connections at once and all others after 2 s. Safe to call twice. */
  close(): Promise<void>;
};

const CLOSE_LIMIT_MS = 2_000;

/**
 * Serves the health endpoints and metrics of one worker.
 * @param options.host default 127.0.0.1
 * @param options.port default any free port
 * @param options.app what else this worker serves on the same port; its own answer for unknown paths applies
 * @throws Error with a message for the user when it cannot listen on the port
 */
export async function startHealthServer(options: {
  registry: Registry;
  live?: Check[];
  ready?: Check[];
  startup?: Check[];
  host?: string;
  port?: number;
  app?: Hono<Env, Schema, string>;
}): Promise<HealthServer> {
  const { registry, live = [], ready = [], startup = [], host = '127.0.0.1', port = 0 } = options;
  let notReadyReason: string | undefined;
  const health = createHealthApp(registry, { live, ready, startup }, () => notReadyReason);
  const app = options.app?.route('/', health) ?? health;
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${urlHost(address)}:${address.port}`,
    port: address.port,
    notReady: (reason) => {
      notReadyReason = reason;
    },
    close: () => {
      closed ??= close(server);
      return closed;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new Error(explain(cause as NodeJS.ErrnoException, host, port), { cause });
  }
  server.off('error', reject);
}

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const intent = `Cannot serve health and metrics on ${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return `${intent}: another program listens there. Stop it, or set another port for this worker (0 takes a free one)`;
  }
  if (code === 'EACCES') return `${intent}: not allowed. Set a port of 1024 or above (0 takes a free one)`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${intent}: this machine has no such address. Set HOST to an address of this machine (0.0.0.0 for all)`;
  }
  return `${intent}: ${message}`;
}

// A server that listens on all addresses: return one that can be used in a URL.
function urlHost({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // close() drops only connections that are idle now. One that is still answering would be kept alive for its client.
  server.on('request', (_request, response) => response.setHeader('connection', 'close'));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
  await promise;
  clearInterval(sweep);
  clearTimeout(limit);
}
