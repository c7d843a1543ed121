import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * A folder of Parquet files, and the files that say which of them count.
 *
 *   lake.json                                       names the manifest of each table: replacing it is the commit
 *   <table>/manifest-<hash>.json                    the files of a table, one line for each
 *   <table>/[system_id=…/month=…/]<hash>.parquet    never changed once named
 *   .writing/                                       what is being written
 *
 * Files get their names from what they hold, are written beside and renamed; what no manifest names is an orphan, which the
 * next run removes. So a reader sees the whole of one snapshot or of the one before it, and a killed run leaves nothing half done.
 */
export const LAKE_FILE = 'lake.json';

/** The version that this program writes. It refuses newer ones: it might take an incomplete lake for a complete one. */
export const LAKE_VERSION = 1;

const position = z.object({
  cluster_id: z.string(),
  topic: z.string(),
  partition: z.number(),
  /** As text: it may be larger than a number holds. */
  next_offset: z.string(),
});

export const lakeFile = z.object({
  format: z.literal('velolog-lake'),
  version: z.number(),
  /** lake: all that was recorded, kept up to date, also what retention drops from the database. export: a copy for people. */
  kind: z.enum(['lake', 'export']),
  /** Up to where each partition of Kafka is in it. */
  position: z.array(position),
  /** The manifest of each table. */
  tables: z.record(z.string(), z.string()),
});

const slice = z.object({
  system_id: z.string().nullable(),
  month: z.string().nullable(),
  /** How often retention had dropped this month from the database. Files of an earlier one stay for good. */
  generation: z.number(),
  /** How often history was added to the month after it was over. */
  revision: z.number(),
  /** The month was over, so only a higher revision makes it change. */
  closed: z.boolean(),
  /** The time that was asked for, when that is not the whole month. */
  window: z.string().nullable(),
  rows: z.number(),
  /** Of the rows, as the database has them (velolog.month_checksum). Of station_status only. */
  checksum: z.string().nullable(),
  /** Relative to the lake; null: there are no rows. */
  file: z.string().nullable(),
  bytes: z.number(),
  sha256: z.string().nullable(),
});

export const lakeManifest = z.object({ table: z.string(), slices: z.array(slice) });

export type LakeFile = z.infer<typeof lakeFile>;
export type Position = z.infer<typeof position>;
export type Slice = z.infer<typeof slice>;

/** The files of a table that a lake holds. @throws Error when there is no lake, or none that this program knows */
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
