import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { OwnServers } from '../faults/own-servers.ts';

const velolog = fileURLToPath(new URL('../../packages/cli/bin/velolog.js', import.meta.url));

export type Said = { code: number; stdout: string; stderr: string };

/** Runs `velolog systems` as a user who has the servers in the environment, and the variables of `env`. */
export function runSystems(
  servers: OwnServers,
  args: string[],
  { home, env }: { home: string; env: Record<string, string> },
): Promise<Said> {
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...inherited } = process.env;
  const ofServers = { KAFKA_BROKERS: servers.brokers, READER_DATABASE_URL: servers.databaseUrl };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [velolog, 'systems', ...args, '--home', home],
      { env: { ...inherited, ...ofServers, ALLOW_PRIVATE_FEEDS: '1', ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  );
}
