import { setGlobalProxyFromEnv } from 'node:http';
import { reachableHost } from '../supervisor/worker-host.ts';

/**
 * Keeps requests to our own workers away from a proxy: with NODE_USE_ENV_PROXY Node would ask HTTP_PROXY for 127.0.0.1, and no worker would
 * ever count as ready. Feeds are always fetched directly (.env.example).
 */
export function askWorkersDirectly(env: NodeJS.ProcessEnv): void {
  const usesProxy = env.NODE_USE_ENV_PROXY === '1' || env.NODE_OPTIONS?.includes('--use-env-proxy');
  if (!usesProxy) return;
  const given = env.no_proxy || env.NO_PROXY;
  const direct = [given, '127.0.0.1', 'localhost', '::1', reachableHost(env.HOST)].filter(Boolean).join(',');
  setGlobalProxyFromEnv({ ...env, NO_PROXY: direct, no_proxy: direct });
}
