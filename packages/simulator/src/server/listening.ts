import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Listening = { port: number; close: () => Promise<void> };

/** Listens on the same port on every host. With port 0, a free port of the first host is used for all. */
export async function listenOnAll(
  hosts: readonly string[],
  port: number,
  listener: RequestListener,
): Promise<Listening> {
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(stopListening));
  };
  let chosen = port;
  for (const host of hosts) {
    try {
      const server = await listen(host, chosen, listener);
      servers.push(server);
      chosen = (server.address() as AddressInfo).port;
    } catch (cause) {
      await close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot listen on ${host}:${chosen}: ${reason}`, { cause });
    }
  }
  return { port: chosen, close };
}

async function listen(host: string, port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  // Longer than the minute between two polls, so that a poller need not reconnect.
  server.keepAliveTimeout = 75_000;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  return server;
}

/** Closes connections instead of waiting for them, because answers that hang would keep the server open forever. */
async function stopListening(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
