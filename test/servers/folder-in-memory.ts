import { accessSync, constants, statfsSync } from 'node:fs';

const IN_MEMORY = '/dev/shm';
/** The type of a Linux file system in memory (statfs(2)). */
const TMPFS = 0x01021994;
/** The servers, homes and browser profiles of a whole run need less than a third of this. */
const FREE_BYTES_MIN = 3 * 2 ** 30;

/**
 * A folder in memory for temporary test data, if the machine has room for it: there a test database is created in a
 * tenth of the time. Null when TMPDIR or the system's default folder must be used.
 */
export function folderInMemory(env: NodeJS.ProcessEnv): string | null {
  if (env.TMPDIR || process.availableMemory() < FREE_BYTES_MIN) return null;
  try {
    accessSync(IN_MEMORY, constants.W_OK);
    const { type, bavail, bsize } = statfsSync(IN_MEMORY);
    return type === TMPFS && bavail * bsize >= FREE_BYTES_MIN ? IN_MEMORY : null;
  } catch {
    return null;
  }
}
