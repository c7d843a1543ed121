import { join } from 'node:path';
import { sha256OfFile } from '@velolog/worker/lake-manifest';
import type { OpenLake } from './lake-folder.ts';

/** Finds the files of a lake that are missing or changed since they were written. Reads all of them. */
export async function findDamagedFiles(
  { dir, manifests }: OpenLake,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const damaged = new Set<string>();
  for (const { file, sha256 } of Object.values(manifests).flat()) {
    signal?.throwIfAborted();
    if (file === null) continue;
    const found = await sha256OfFile(join(dir, file)).catch(() => null);
    if (found !== sha256) damaged.add(file);
  }
  return damaged;
}
