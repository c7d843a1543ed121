import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '@velolog/worker/user-error';

/** The user that PostgreSQL runs as when we are root, which it refuses to be. */
export type UnprivilegedUser = { name: string; uid: number; gid: number };

/** null unless we are root: then everything runs as the user we are. */
export function unprivilegedUser(): UnprivilegedUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  // The user `postgres` where the system has one. Otherwise `nobody`, which exists everywhere: we need not change the system.
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new UserError(
    'PostgreSQL does not run as root, and this system has no user "postgres" or "nobody" to run it as: create one (`useradd --system postgres`), or run velolog as a normal user',
  );
}

/** The directory itself, or one below /var/lib/velolog when this user could not reach it, as below a /root of mode 0700. */
export function reachableDirectory(directory: string, user: UnprivilegedUser | null): string {
  const wanted = resolve(directory);
  if (user === null || canReach(dirname(wanted), user)) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  return join('/var/lib/velolog', `${basename(wanted)}-${name}`);
}

/** Whether the user may pass through this directory and all above it; what does not exist yet is ours to create. */
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
