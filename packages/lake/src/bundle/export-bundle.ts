import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { licenceOf } from '@velolog/gbfs/licence';
import { type Slice, sha256OfFile } from '@velolog/worker/lake-manifest';
import type { SystemRow } from '../database/database-snapshot.ts';
import { writeWhole } from '../folder/lake-folder.ts';
import { type WriteLakeOptions, type WrittenLake, writeLake } from '../write-lake.ts';
import { CHECKSUMS_FILE } from './check-bundle.ts';
import { describeBundle } from './describe-bundle.ts';
import type { LeftOut } from './exported-system.ts';

export type ExportOptions = Pick<
  WriteLakeOptions,
  'databaseUrl' | 'dir' | 'fromDay' | 'toDay' | 'onProgress' | 'onWait' | 'signal'
> & {
  /** All systems when empty. */
  systems: string[];
  includeUnlicensed: boolean;
};

/** What `velolog export --json` prints. */
export type ExportResult = {
  to: string;
  systems: { system_id: string; licence: string | null; rows: number }[];
  left_out: LeftOut[];
  rows: Record<string, number>;
  files: number;
  bytes: number;
  /** Months that the database has only in part, because retention has dropped rows. */
  incomplete: { system_id: string; month: string }[];
};

export class NothingToExport extends Error {
  override name = 'NothingToExport';
  readonly leftOut: LeftOut[];
  readonly unknown: string[];

  constructor(leftOut: LeftOut[], unknown: string[]) {
    super('There is nothing to export');
    this.leftOut = leftOut;
    this.unknown = unknown;
  }
}

/** Writes a bundle for people: the tables as Parquet by month, the meaning of each column, licences and checksums. */
export async function exportBundle(options: ExportOptions): Promise<ExportResult> {
  const leftOut: LeftOut[] = [];
  const choose = (all: SystemRow[]) => {
    const unknown = options.systems.filter((id) => !all.some(({ system_id }) => system_id === id));
    const wanted = all.filter(
      ({ system_id }) => options.systems.length === 0 || options.systems.includes(system_id),
    );
    const chosen = wanted.filter((system) => {
      const { sharing } = licenceOf(system.license_url);
      if (sharing === 'allowed' || options.includeUnlicensed) return true;
      const reason = sharing === 'forbidden' ? 'licence_forbids' : 'licence_unknown';
      leftOut.push({ system_id: system.system_id, reason, license_url: system.license_url });
      return false;
    });
    if (chosen.length === 0 || unknown.length > 0) throw new NothingToExport(leftOut, unknown);
    return chosen;
  };
  const finish = (written: WrittenLake) => writeTexts(options, written, leftOut);
  const lake = await writeLake({ ...options, kind: 'export', choose, finish });
  return resultOf(options, lake, leftOut);
}

/** Written after the data: if the checksums are there, the whole bundle is there. */
async function writeTexts(options: ExportOptions, lake: WrittenLake, leftOut: LeftOut[]): Promise<void> {
  const systems = lake.systems.map((system) => ({ ...system, licence: licenceOf(system.license_url) }));
  const texts = describeBundle({ systems, leftOut, lake, fromDay: options.fromDay, toDay: options.toDay });
  for (const [name, text] of Object.entries(texts)) await writeWhole(join(options.dir, name), text);
  const hashes = new Map(slicesOf(lake).map(({ file, sha256 }) => [file, sha256]));
  const lines: string[] = [];
  for (const path of [...lake.files, ...Object.keys(texts)].sort()) {
    lines.push(`${hashes.get(path) ?? (await sha256OfFile(join(options.dir, path)))}  ${path}\n`);
  }
  await writeWhole(join(options.dir, CHECKSUMS_FILE), lines.join(''));
}

async function resultOf(
  options: ExportOptions,
  lake: WrittenLake,
  left_out: LeftOut[],
): Promise<ExportResult> {
  const sizes = await Promise.all(lake.files.map(async (path) => (await stat(join(options.dir, path))).size));
  const rowsOf = (slices: Slice[]) => slices.reduce((sum, { rows }) => sum + rows, 0);
  return {
    to: options.dir,
    systems: lake.systems.map(({ system_id, license_url }) => ({
      system_id,
      licence: licenceOf(license_url).id,
      rows: rowsOf((lake.manifests.station_status ?? []).filter((slice) => slice.system_id === system_id)),
    })),
    left_out,
    rows: Object.fromEntries(
      Object.entries(lake.manifests).map(([table, slices]) => [table, rowsOf(slices)]),
    ),
    files: lake.files.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    incomplete: lake.incomplete,
  };
}

function slicesOf(lake: WrittenLake): Slice[] {
  return Object.values(lake.manifests).flat();
}
