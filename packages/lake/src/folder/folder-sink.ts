import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeFile } from '@velolog/worker/lake-manifest';
import type { LakeSink, MayBegin } from '../lake-sink.ts';
import { LAKE_TABLES } from '../lake-tables.ts';
import { beginLake, commitLake, findLake, removeOrphans } from './lake-folder.ts';

/** A folder: slices are written to their final place, and `lake.json` makes them valid. */
export async function openFolderSink(
  dir: string,
  kind: LakeFile['kind'],
  mayBegin: MayBegin,
): Promise<LakeSink> {
  let found = await findLake(dir, kind);
  if (found === null) {
    await mayBegin();
    found = await beginLake(dir, kind);
  }
  const lake = found;
  return {
    found: lake,
    isWhole: true,
    writeDir: dir,
    has: async ({ file, bytes }) =>
      file === null ||
      (await stat(join(dir, file)).then(
        ({ size }) => size === bytes,
        () => false,
      )),
    commit: async (next) => {
      const files = await commitLake(lake, next);
      const tables = LAKE_TABLES.map(({ name }) => name);
      await removeOrphans(dir, tables, new Set(files));
      return files;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
