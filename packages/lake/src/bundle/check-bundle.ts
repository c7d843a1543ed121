import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LAKE_FILE, type Slice, sha256OfFile } from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import { type OpenLake, readLake, sliceFolder } from '../folder/lake-folder.ts';

/** The file with the checksums of a bundle. It is written last: if it is there, the whole bundle is there. */
export const CHECKSUMS_FILE = 'SHA256SUMS';

/**
 * The bundle that `velolog export` wrote into a folder, after each of its files was compared with its checksum.
 * @throws UserError when the folder holds something else, or a file is missing, changed, or of a newer version
 */
export async function checkBundle(dir: string, signal?: AbortSignal): Promise<OpenLake> {
  const isFolder = await stat(dir).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`There is no folder ${dir}`);
  const bundle = await readLake(dir);
  if (bundle === null) {
    throw new UserError(
      `${dir} is not an export of Velolog: it has no ${LAKE_FILE}. Name the folder that \`velolog export --to\` wrote`,
    );
  }
  if (bundle.file.kind !== 'export') {
    throw new UserError(
      `${dir} is a lake, which belongs to its own database. Import a folder that \`velolog export --to\` wrote`,
    );
  }
  await compareChecksums(bundle, signal);
  return bundle;
}

async function compareChecksums({ dir, file, manifests }: OpenLake, signal?: AbortSignal): Promise<void> {
  const sums = await readChecksums(dir);
  for (const [path, expected] of sums) {
    signal?.throwIfAborted();
    const found = await sha256OfFile(join(dir, path)).catch((cause: NodeJS.ErrnoException) => {
      throw damaged(
        dir,
        `${path} ${cause.code === 'ENOENT' ? 'is missing' : `cannot be read (${cause.message})`}`,
        cause,
      );
    });
    if (found !== expected) throw damaged(dir, `${path} is not what ${CHECKSUMS_FILE} says`);
  }
  for (const path of [LAKE_FILE, ...Object.values(file.tables)]) {
    if (!sums.has(path)) throw damaged(dir, `${CHECKSUMS_FILE} does not name ${path}`);
  }
  for (const [table, slices] of Object.entries(manifests)) {
    for (const slice of slices) checkSlice(dir, table, slice, sums);
  }
}

/** A manifest comes from somebody else, so it may name no file outside the bundle. */
function checkSlice(dir: string, table: string, slice: Slice, sums: ReadonlyMap<string, string>): void {
  const { file, sha256, system_id, month } = slice;
  if (file === null) return;
  const folder = sliceFolder(table, system_id, month);
  const name = file.slice(folder.length + 1);
  if (file !== `${folder}/${name}` || !/^[0-9a-f]{16}\.parquet$/.test(name))
    throw damaged(dir, `its manifest of ${table} names ${file}`);
  if (sha256 === null || sums.get(file) !== sha256)
    throw damaged(dir, `${CHECKSUMS_FILE} and the manifest of ${table} do not agree on ${file}`);
}

async function readChecksums(dir: string): Promise<Map<string, string>> {
  const text = await readFile(join(dir, CHECKSUMS_FILE), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT')
      throw damaged(dir, `${CHECKSUMS_FILE} cannot be read (${cause.message})`, cause);
    throw new UserError(
      `The export in ${dir} is incomplete, it has no ${CHECKSUMS_FILE}: run the same \`npx velolog export\` again, or copy the whole folder`,
    );
  });
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/).filter((one) => one !== '')) {
    const [, sum, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (sum === undefined || path === undefined || !isInside(path))
      throw damaged(
        dir,
        `${CHECKSUMS_FILE} has a line that is not a checksum: ${JSON.stringify(line.slice(0, 200))}`,
      );
    sums.set(path, sum);
  }
  return sums;
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split(/[/\\]/).includes('..');
}

export function damaged(dir: string, what: string, cause?: unknown): UserError {
  return new UserError(
    `The export in ${dir} is damaged: ${what}. Nothing was imported; copy the folder again, or export again`,
    { cause },
  );
}
