import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '@velolog/worker/user-error';

/** The user that PostgreSQL runs as when we are root: it refuses to run as root. */
export type UnprivilegedUser = { name: string; uid: number; gid: number };

/** Returns null unless we are root: other users run PostgreSQL as themselves. */
export function unprivilegedUser(): UnprivilegedUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  // Prefer `postgres` if the system has it. Otherwise take `nobody`, which exists everywhere, so the system need not change.
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new UserError(
    'PostgreSQL does not run as root, and this system has no user "postgres" or "nobody" to run it as: create one (`useradd --system postgres`), or run velolog as a normal user',
  );
}

/** The directory itself, or one below /var/lib/velolog when the user cannot reach it, for example below a /root of mode 0700. */
export function reachableDirectory(directory: string, user: UnprivilegedUser | null): string {
  const wanted = resolve(directory);
  if (user === null || canReach(dirname(wanted), user)) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  return join('/var/lib/velolog', `${basename(wanted)}-${name}`);
}

/** Whether the user may pass through this directory and all its parents. Those that do not exist yet count, because we will create them. */
export function canReach(directory: string, user: UnprivilegedUser): boolean {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid, gid } = statSync(at);
      const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
      if (((mode >> shift) & 1) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}
