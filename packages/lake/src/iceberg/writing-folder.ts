import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of this machine for slices that are being written. It first removes what a killed process left: only the
 * holder of a lake's lock writes that lake, so no other folder with its name is in use.
 */
export async function openWritingFolder(lockName: string): Promise<{ folder: string } & AsyncDisposable> {
  const prefix = writingPrefix(lockName);
  // Another user's folder stays.
  for (const left of (await readdir(tmpdir())).filter((name) => name.startsWith(prefix)))
    await rm(join(tmpdir(), left), { recursive: true, force: true }).catch(() => {});
  const folder = await mkdtemp(join(tmpdir(), prefix));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export function writingPrefix(lockName: string): string {
  return `velolog-lake-${createHash('sha256').update(lockName).digest('hex').slice(0, 12)}-`;
}
