import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * A folder of Parquet files, and the files that say which of them are current.
 *
 *   lake.json                                       names the manifest of each table: replacing it is the commit
 *   <table>/manifest-<hash>.json                    the files of a table, one line for each
 *   <table>/[system_id=…/month=…/]<hash>.parquet    never changed once named
 *   .writing/                                       what is being written
 *
 * A file's name is a hash of its content. Each file is written in .writing/ and then renamed. A file that no manifest names is an orphan,
 * which the next run removes. So a reader sees one complete snapshot, the new or the previous one, and a killed run leaves nothing half done.
 */
export const LAKE_FILE = 'lake.json';

/** The version that this program writes. It refuses newer ones, because it might take an incomplete lake for a complete one. */
export const LAKE_VERSION = 1;

const position = z.object({
  cluster_id: z.string(),
  topic: z.string(),
  partition: z.number(),
  /** Text, because it may exceed what a number can hold. */
  next_offset: z.string(),
});

export const lakeFile = z.object({
  format: z.literal('velolog-lake'),
  version: z.number(),
  /** lake: everything that was recorded, kept up to date, including what retention drops from the database. export: a copy for people. */
  kind: z.enum(['lake', 'export']),
  /** How far each Kafka partition is included. */
  position: z.array(position),
  /** The manifest file of each table. */
  tables: z.record(z.string(), z.string()),
});

const slice = z.object({
  system_id: z.string().nullable(),
  month: z.string().nullable(),
  /** How often retention had dropped this month from the database. Files of earlier generations stay forever. */
  generation: z.number(),
  /** How often history was added to the month after it was over. */
  revision: z.number(),
  /** Whether the month was over. Then only a higher revision changes it. */
  closed: z.boolean(),
  /** The requested time range; null for the whole month. */
  window: z.string().nullable(),
  rows: z.number(),
  /** Checksum of the rows as computed by the database (velolog.month_checksum); only for station_status. */
  checksum: z.string().nullable(),
  /** Path relative to the lake; null when there are no rows. */
  file: z.string().nullable(),
  bytes: z.number(),
  sha256: z.string().nullable(),
});

export const lakeManifest = z.object({ table: z.string(), slices: z.array(slice) });

export type LakeFile = z.infer<typeof lakeFile>;
export type Position = z.infer<typeof position>;
export type Slice = z.infer<typeof slice>;

/** Reads which files of a table the lake contains. @throws Error when there is no lake, or one that this program does not understand */
export async function readSlices(dir: string, table: string): Promise<Slice[]> {
  const lake = lakeFile.parse(JSON.parse(await readFile(join(dir, LAKE_FILE), 'utf8')));
  if (lake.version > LAKE_VERSION) throw new Error(`The lake ${dir} was written by a newer Velolog`);
  const path = lake.tables[table];
  if (path === undefined) return [];
  return lakeManifest.parse(JSON.parse(await readFile(join(dir, path), 'utf8'))).slices;
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
