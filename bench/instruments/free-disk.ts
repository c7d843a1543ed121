import { statfsSync } from 'node:fs';
import { UserError } from '@velolog/worker/user-error';

/** @throws UserError when the disk of a folder has less room than a part needs: a full disk harms more than this bench */
export function requireDisk(folder: string, bytes: number, forWhat: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`;
  if (free >= bytes) return;
  throw new UserError(
    `${forWhat} needs ${gigabytes(bytes)} of disk, and ${folder} has ${gigabytes(free)} left: free some, name a folder on a larger disk with TMPDIR, or measure fewer stations (--stations)`,
  );
}
