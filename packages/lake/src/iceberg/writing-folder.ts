import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of this machine for slices on their way. What an exporter left that was killed goes first: whoever holds the lock on a lake
 * is the only one that writes it, so no other folder with its name is in use.
 */
export async function openWritingFolder(lockName: string): Promise<{ folder: string } & AsyncDisposable> {
  const prefix = writingPrefix(lockName);
  // That of another user stays.
  for (const left of (await readdir(tmpdir())).filter((name) => name.startsWith(prefix)))
    await rm(join(tmpdir(), left), { recursive: true, force: true }).catch(() => {});
  const folder = await mkdtemp(join(tmpdir(), prefix));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export function writingPrefix(lockName: string): string {
  return `velolog-lake-${createHash('sha256').update(lockName).digest('hex').slice(0, 12)}-`;
}
