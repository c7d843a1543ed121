import { isIPv6 } from 'node:net';

/** Where a worker of this machine can be reached that listens on HOST: a worker that listens on all addresses answers on the loopback one, too. */
export function reachableHost(host: string | undefined): string {
  const named = host?.trim();
  return !named || named === '0.0.0.0' || named === '::' ? '127.0.0.1' : named;
}

export function workerUrl(host: string | undefined, port: number): string {
  const name = reachableHost(host);
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
