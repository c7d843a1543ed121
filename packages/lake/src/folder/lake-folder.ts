import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  LAKE_FILE,
  LAKE_VERSION,
  type LakeFile,
  lakeFile,
  lakeManifest,
  type Position,
  type Slice,
} from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import { z } from 'zod';

export type Manifests = Record<string, Slice[]>;
export type OpenLake = { dir: string; file: LakeFile; manifests: Manifests };

export const WRITING_FOLDER = '.writing';

/** The lake in a folder; null if it has none yet. @throws UserError when the folder holds something else. */
export async function readLake(dir: string): Promise<OpenLake | null> {
  const text = await readText(join(dir, LAKE_FILE));
  if (text === null) return null;
  const file = parse(
    join(dir, LAKE_FILE),
    text,
    z.looseObject({ format: z.unknown(), version: z.unknown() }),
  );
  if (file.format !== 'velolog-lake')
    throw new UserError(`${join(dir, LAKE_FILE)} was not made by Velolog: choose another folder`);
  if (typeof file.version === 'number' && file.version > LAKE_VERSION) {
    throw new UserError(
      `${dir} was written by a newer Velolog (format ${file.version}; this one knows ${LAKE_VERSION}): update Velolog, or choose another folder`,
    );
  }
  const known = parse(join(dir, LAKE_FILE), text, lakeFile);
  const manifests: Manifests = {};
  for (const [table, path] of Object.entries(known.tables)) {
    const own = await readText(join(dir, path));
    if (own === null) throw damaged(join(dir, path), 'it is missing');
    manifests[table] = parse(join(dir, path), own, lakeManifest).slices;
  }
  return { dir, file: known, manifests };
}

/**
 * The lake to write to; null when there is none yet and the folder is free. @throws UserError when the folder holds something else, or a lake of the
 * other kind
 */
export async function findLake(dir: string, kind: LakeFile['kind']): Promise<OpenLake | null> {
  const found = await readLake(dir);
  if (found !== null) {
    if (found.file.kind !== kind) {
      throw new UserError(
        kind === 'export'
          ? `${dir} is a lake, and an export would remove part of it: choose another folder for --to`
          : `${dir} is an export: choose another folder for LAKE_DIR`,
      );
    }
    return found;
  }
  const other = (await namesIn(dir)).find(
    (name) => !name.startsWith(`${LAKE_FILE}.`) && name !== WRITING_FOLDER,
  );
  if (other !== undefined) {
    throw new UserError(
      `${dir} holds something else (${JSON.stringify(other)}): choose an empty or a new folder`,
    );
  }
  return null;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new UserError(`Cannot read ${dir}: ${message}`, { cause });
  }
}

export async function beginLake(dir: string, kind: LakeFile['kind']): Promise<OpenLake> {
  await mkdir(dir, { recursive: true });
  const file: LakeFile = { format: 'velolog-lake', version: LAKE_VERSION, kind, position: [], tables: {} };
  await writeWhole(join(dir, LAKE_FILE), toJson(file));
  return { dir, file, manifests: {} };
}

/** Makes these manifests the lake, with one rename. @returns the paths of all its files, relative to the folder */
export async function commitLake(
  { dir, file }: OpenLake,
  next: { position: Position[]; manifests: Manifests },
): Promise<string[]> {
  const tables: Record<string, string> = {};
  for (const [table, slices] of Object.entries(next.manifests)) {
    const text = toLines(table, slices);
    tables[table] = `${table}/manifest-${sha256(text).slice(0, 16)}.json`;
    await mkdir(join(dir, table), { recursive: true });
    await writeWhole(join(dir, tables[table]), text);
  }
  await writeWhole(join(dir, LAKE_FILE), toJson({ ...file, position: next.position, tables }));
  const files = Object.values(next.manifests).flatMap((slices) => slices.map((one) => one.file));
  return [LAKE_FILE, ...Object.values(tables), ...files.filter((path) => path !== null)].sort();
}

/** Removes files that no manifest names from the folders of the tables. */
export async function removeOrphans(dir: string, tables: string[], kept: ReadonlySet<string>): Promise<void> {
  for (const table of tables) {
    const entries = await readdir(join(dir, table), { recursive: true, withFileTypes: true }).catch(() => []);
    const folders: string[] = [];
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (!kept.has(path.slice(dir.length + 1)) && /\.(parquet|json)(\.new)?$/.test(entry.name))
        await rm(path);
    }
    // Deepest first; a folder that is not empty stays.
    for (const path of folders.sort().reverse()) await rmdirIfEmpty(path);
  }
}

/** Writes to a temporary file, syncs and renames it, so that a reader never sees half of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  const handle = await open(beside, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** A rename is durable only once its folder is synced. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The folder of a slice. Characters that are special in a file system or a glob are encoded as in URLs. */
export function sliceFolder(table: string, system_id: string | null, month: string | null): string {
  if (system_id === null || month === null) return table;
  return `${table}/system_id=${encodeName(system_id)}/month=${month}`;
}

function encodeName(name: string): string {
  return Array.from(Buffer.from(name), (byte) =>
    /[\w.-]/.test(String.fromCharCode(byte)) && byte < 0x80
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One slice per line: a manifest may have tens of thousands, and a person may want to compare two. */
function toLines(table: string, slices: Slice[]): string {
  return `{"table":${JSON.stringify(table)},"slices":[\n${slices.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function parse<T>(path: string, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(path, 'it cannot be read', cause);
  }
}

function damaged(path: string, why: string, cause?: unknown): UserError {
  return new UserError(`${path} is damaged: ${why}. Move the folder away and write it again`, { cause });
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new UserError(`Cannot read ${path}: ${message}`, { cause });
  }
}

async function rmdirIfEmpty(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) await rm(path, { recursive: true });
}
