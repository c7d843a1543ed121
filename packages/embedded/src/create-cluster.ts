import { randomBytes } from 'node:crypto';
import { chownSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@velolog/worker/user-error';
import { withoutLibpq } from './child-environment.ts';
import { isNoSpace, NO_SPACE } from './disk/no-space.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { spawnGroup } from './process-group.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

/** Runs initdb in a temporary folder and renames it when complete, so that a kill leaves nothing half done. */
export async function createCluster(
  directory: string,
  { initdb }: PostgresBinaries,
  user: UnprivilegedUser | null,
  {
    settings,
    signal,
    packageFolder,
  }: {
    settings?: Record<string, string>;
    signal?: AbortSignal | undefined;
    packageFolder?: string | undefined;
  },
): Promise<void> {
  const next = join(directory, 'data.new');
  rmSync(next, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(directory, 'superuser-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);
  // The builtin locale sorts by code point and has upper and lower case for all letters, identically on every platform.
  const args = ['-D', next, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  args.push('--encoding=UTF8', '--locale=C.UTF-8');
  // The builtin provider exists since PostgreSQL 17.
  if (packageFolder === undefined) args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (settings?.fsync === 'off') args.push('--no-sync');
  const output = await run(initdb, args, { user, cwd: directory, signal });
  if (output.code !== 0) {
    if (isNoSpace(output.text))
      throw new UserError(`Cannot create a PostgreSQL cluster in ${next}: ${NO_SPACE}`);
    throw new Error(`Cannot create a PostgreSQL cluster in ${next}: ${output.text.trim()}`);
  }
  renameSync(next, join(directory, 'data'));
}

async function run(
  command: string,
  args: string[],
  { user, cwd, signal }: { user: UnprivilegedUser | null; cwd: string; signal: AbortSignal | undefined },
): Promise<{ code: number | null; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const child = spawnGroup(command, args, {
    cwd,
    env: withoutLibpq(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user && { uid: user.uid, gid: user.gid }),
    ...(signal && { signal }),
  });
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  child.stderr?.on('data', (part) => {
    text += part;
  });
  child.once('error', reject);
  child.once('close', resolve);
  return { code: await promise, text };
}
