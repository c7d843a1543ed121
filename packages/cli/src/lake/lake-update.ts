import { writeLake } from '@velolog/lake/write-lake';
import { printable, printableJson } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { ownerDatabaseUrl } from '../commands/owner-database.ts';
import type { Home } from '../home/home.ts';
import { lakePlaceOf } from './lake-folder.ts';
import { sliceProgress } from './slice-progress.ts';

/** Writes what the lake does not have yet, for all systems and licences: a lake is for the people who recorded them, an export is for others. */
export async function lakeUpdate(
  home: Home,
  { lake, anew, json }: { lake: string | undefined; anew: boolean; json: boolean },
): Promise<void> {
  const signal = stopSignal();
  const { dir, catalogue } = lakePlaceOf(home, lake);
  const databaseUrl = await ownerDatabaseUrl(home);
  const progress = sliceProgress('Writing the lake');
  const result = await writeLake({
    databaseUrl,
    dir,
    catalogue,
    kind: 'lake',
    anew,
    choose: (systems) => systems,
    fromDay: null,
    toDay: catalogue === undefined ? null : lastDayOfLastMonth(),
    onProgress: progress.update,
    onWait: () => process.stderr.write(`Another velolog is writing to ${printable(dir)}: waiting for it\n`),
    signal,
  }).finally(progress.stop);
  const slices = Object.values(result.manifests).flat();
  const rows = (result.manifests.station_status ?? []).reduce((sum, slice) => sum + slice.rows, 0);
  const bytes = slices.reduce((sum, slice) => sum + slice.bytes, 0);
  const summary = {
    lake: dir,
    systems: result.systems.length,
    slices: slices.length,
    written: result.written,
    rows,
    bytes,
  };
  console.log(
    json
      ? printableJson(summary)
      : `The lake ${printable(dir)} contains ${rows} rows of station_status of ${summary.systems} ${summary.systems === 1 ? 'system' : 'systems'} in ${(bytes / 1e6).toFixed(1)} MB; ${result.written} of ${slices.length} files were written.`,
  );
}

/** Iceberg tables hold only complete months: a month that is still growing would be replaced at each update. */
export function lastDayOfLastMonth(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0)).toISOString().slice(0, 10);
}
