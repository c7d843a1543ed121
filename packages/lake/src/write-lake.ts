import { mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Position } from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import {
  type DatabaseSnapshot,
  type MonthOfSystem,
  openSnapshot,
  type SystemRow,
} from './database/database-snapshot.ts';
import { lakeGone, nameOf } from './database/lake-memory.ts';
import { openDuckDb } from './duckdb-session.ts';
import { openFolderSink } from './folder/folder-sink.ts';
import { droppedSlices, holdsAll, type Planned, refuseToForget, sameSlice } from './folder/held-slices.ts';
import { type Manifests, WRITING_FOLDER } from './folder/lake-folder.ts';
import type { CatalogueSettings } from './iceberg/catalogue-settings.ts';
import { openIcebergSink } from './iceberg/iceberg-sink.ts';
import { LakeConflict, type LakeSink } from './lake-sink.ts';
import { LAKE_TABLES, type LakeTable } from './lake-tables.ts';
import { type SliceWanted, type SliceWriter, writeSlice } from './write-slice.ts';

export type WriteLakeOptions = {
  databaseUrl: string;
  /** The folder; for a catalogue, its name in messages. */
  dir: string;
  /** Writes into Iceberg tables of this catalogue instead of a folder. */
  catalogue?: CatalogueSettings | undefined;
  kind: 'lake' | 'export';
  /** Chooses from the systems of the database those to include. */
  choose: (systems: SystemRow[]) => SystemRow[];
  /** Removes this system, whatever the database holds of it. */
  without?: string;
  /** Days in UTC, such as `2026-11-26`, both included. */
  fromDay: string | null;
  toDay: string | null;
  /** Begins a new lake even if this database has written one that is gone. */
  anew?: boolean;
  /** Does not change the folder if it holds each past month as the database has it. */
  onlyWhenDue?: boolean;
  /** Damaged files, relative to the folder: they are written again if the database has their rows. */
  distrusted?: ReadonlySet<string>;
  /** Writes other files into the folder, while nobody else writes there. */
  finish?: (written: WrittenLake) => Promise<void>;
  onProgress?: (progress: { done: number; total: number; rows: number }) => void;
  /** Somebody else, with another database or without its lock, committed first: everything is read again. */
  onConflict?: () => void;
  /** Another process writes into the same folder. Called once, before waiting for it. */
  onWait?: () => void;
  signal?: AbortSignal;
};

export type WrittenLake = {
  position: Position[];
  systems: SystemRow[];
  manifests: Manifests;
  /** All valid files, relative to the folder. */
  files: string[];
  written: number;
  /** Months of which retention has dropped rows from the database, so that an export lacks them. */
  incomplete: { system_id: string; month: string }[];
};

const CONFLICTS_MAX = 5;

/**
 * Writes the content of one snapshot of the database into a lake. Slices that the lake already has are not written again.
 */
export async function writeLake(options: WriteLakeOptions): Promise<WrittenLake> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeLakeOnce(options);
    } catch (error) {
      if (!(error instanceof LakeConflict) || attempt === CONFLICTS_MAX) throw error;
      options.onConflict?.();
    }
  }
}

async function writeLakeOnce(options: WriteLakeOptions): Promise<WrittenLake> {
  const { dir, catalogue, kind } = options;
  const name = nameOf({ dir, catalogue });
  const lockName = catalogue === undefined ? await realPathOf(dir) : dir;
  // One process at a time works on a lake, so that none overwrites what another has just written.
  await using snapshot = await waitForSnapshot(options, lockName);
  const mayBegin = async () => {
    if (kind === 'lake' && !options.anew && (await snapshot.isRemembered(name)))
      throw lakeGone(name, catalogue === undefined);
  };
  await using sink =
    catalogue === undefined
      ? await openFolderSink(dir, kind, mayBegin)
      : await openIcebergSink(catalogue, { lockName: `${options.databaseUrl} ${lockName}`, mayBegin });
  const writing = join(sink.writeDir, WRITING_FOLDER);
  await rm(writing, { recursive: true, force: true });
  await mkdir(writing);
  try {
    const written = await writeFromSnapshot(options, sink, snapshot, writing);
    await options.finish?.(written);
    if (kind === 'lake') await snapshot.remember(name);
    return written;
  } catch (error) {
    throw describeFullDisk(error, sink.writeDir);
  } finally {
    await rm(writing, { recursive: true, force: true }).catch(() => {});
  }
}

/** Works for a folder that may not exist yet: two names of one folder give one lock. */
async function realPathOf(dir: string): Promise<string> {
  const path = resolve(dir);
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

async function waitForSnapshot(
  { databaseUrl, onWait, signal }: WriteLakeOptions,
  folder: string,
): Promise<DatabaseSnapshot> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const snapshot = await openSnapshot(databaseUrl, folder);
    if (snapshot !== 'locked') return snapshot;
    if (attempt === 0) onWait?.();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function writeFromSnapshot(
  options: WriteLakeOptions,
  sink: LakeSink,
  snapshot: DatabaseSnapshot,
  writing: string,
): Promise<WrittenLake> {
  const { found } = sink;
  const systems = options.choose(snapshot.systems).filter(({ system_id }) => system_id !== options.without);
  const slices = slicesOf(options, systems, await snapshot.months());
  if (options.onlyWhenDue && (await holdsAll(sink, slices, options.distrusted))) {
    return {
      position: found.file.position,
      systems,
      manifests: found.manifests,
      files: [],
      written: 0,
      incomplete: [],
    };
  }
  const until = options.toDay === null ? null : dayStart(options.toDay, 1);
  if (options.kind === 'lake') refuseToForget(found, slices, { without: options.without, until });
  using duckdb = await openDuckDb({ threads: 1, memoryMaxMb: 250, temporaryFolder: join(writing, 'sort') });
  const writer: SliceWriter = {
    dir: sink.writeDir,
    snapshot,
    connection: duckdb.connection,
    signal: options.signal,
  };
  const manifests: Manifests = Object.fromEntries(
    LAKE_TABLES.map(({ name }) => [name, options.kind === 'lake' ? droppedSlices(found, name, slices) : []]),
  );
  const written = await writeSlices(options, sink, writer, slices, manifests);
  const files = await sink.commit({ position: snapshot.position, manifests, until });
  const incomplete = options.kind === 'export' ? slices.flatMap(partOfMonth) : [];
  return { position: snapshot.position, systems, manifests, files, written, incomplete };
}

/** The month of a slice of which RETENTION_DAYS has dropped rows; none when the database has them all. */
function partOfMonth({ table, generation, system_id, month }: Planned): WrittenLake['incomplete'] {
  if (table.name !== 'station_status' || generation === 0) return [];
  return [{ system_id: system_id ?? '', month: month ?? '' }];
}

/** Adds each slice to the manifests: as the lake has it, or written anew. @returns how many were written */
async function writeSlices(
  { onProgress, distrusted, signal }: WriteLakeOptions,
  sink: LakeSink,
  writer: SliceWriter,
  slices: Planned[],
  manifests: Manifests,
): Promise<number> {
  let written = 0;
  let rows = 0;
  for (const [done, slice] of slices.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ done, total: slices.length, rows });
    const same = await sameSlice(sink, slice, distrusted);
    const next = same ?? (await writeSlice(writer, await withChecksum(writer.snapshot, slice)));
    if (same === null) written += 1;
    rows += next.rows;
    manifests[slice.table.name]?.push(next);
  }
  onProgress?.({ done: slices.length, total: slices.length, rows });
  return written;
}

/** In the order in which they are written and listed in the manifests. */
function slicesOf(options: WriteLakeOptions, systems: SystemRow[], months: MonthOfSystem[]): Planned[] {
  const system_ids = systems.map(({ system_id }) => system_id);
  const from = options.fromDay === null ? null : dayStart(options.fromDay);
  const until = options.toDay === null ? null : dayStart(options.toDay, 1);
  const chosen = months.filter(({ system_id }) => system_ids.includes(system_id));
  return LAKE_TABLES.flatMap((table): Planned[] =>
    table.monthOf === null
      ? [{ ...WHOLE_TABLE, table, wanted: { system_ids, from, until, carry: false } }]
      : chosen.flatMap((month) => monthSlice(table, month, from, until)),
  );
}

const WHOLE_TABLE = {
  system_key: null,
  system_id: null,
  month: null,
  generation: 0,
  revision: 0,
  closed: false,
  window: null,
  expected: null,
};

function monthSlice(
  table: LakeTable,
  of: MonthOfSystem,
  from: string | null,
  until: string | null,
): Planned[] {
  const start = `${of.month}-01T00:00:00.000Z`;
  const end = nextMonth(of.month);
  if ((until !== null && until <= start) || (from !== null && from >= end)) return [];
  const begins = from !== null && from > start ? from : start;
  const ends = until !== null && until < end ? until : end;
  // The month in which the requested time begins also gets the values that were valid before.
  const carry = table.name === 'station_status' && from !== null && begins === from;
  const isWhole = begins === start && ends === end && !carry;
  const { system_key, system_id, month, generation, revision, closed } = of;
  return [
    {
      table,
      system_key,
      system_id,
      month,
      // Hours stay in the database when the rows they were computed from are dropped.
      generation: table.name === 'station_status' ? generation : 0,
      revision,
      closed,
      window: isWhole ? null : `${begins}/${ends}`,
      wanted: { system_ids: [system_id], from: begins, until: ends, carry },
      expected: null,
    },
  ];
}

async function withChecksum(snapshot: DatabaseSnapshot, slice: Planned): Promise<SliceWanted> {
  const { system_key, ...wanted } = slice;
  const { from, until, carry } = slice.wanted;
  if (
    slice.table.name !== 'station_status' ||
    system_key === null ||
    carry ||
    from === null ||
    until === null
  )
    return wanted;
  return { ...wanted, expected: await snapshot.checksum(system_key, from, until) };
}

function dayStart(day: string, daysLater = 0): string {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + daysLater * 86_400_000).toISOString();
}

function nextMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString();
}

/** The earlier content of the folder is intact: only the last step, a rename, would have changed it. */
function describeFullDisk(error: unknown, dir: string): unknown {
  const text =
    error instanceof Error ? `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}` : '';
  if (!/ENOSPC|EDQUOT|EFBIG|No space left|Disk quota|File too large/i.test(text)) return error;
  return new UserError(
    `There is no space left for ${dir}: its earlier content is intact. Make room: then the lake worker continues by itself; a command must be run again`,
    { cause: error },
  );
}
