import { resolve } from 'node:path';
import { type ExportResult, exportBundle, NothingToExport } from '@velolog/lake/bundle/export-bundle';
import { printable, printableJson } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import { ownerDatabaseUrl } from '../commands/owner-database.ts';
import type { Home } from '../home/home.ts';
import { sliceProgress } from './slice-progress.ts';

type Options = {
  home: Home;
  to: string;
  systems: string[];
  from?: string;
  toDay?: string;
  includeUnlicensed: boolean;
  json: boolean;
};

/** Exports recorded history for other people: monthly Parquet files with a description of their columns, licences and checksums. */
export async function exportHistory({
  home,
  to,
  systems,
  from,
  toDay,
  includeUnlicensed,
  json,
}: Options): Promise<void> {
  const fromDay = dayOf('--from', from);
  const lastDay = dayOf('--to-day', toDay);
  if (fromDay !== null && lastDay !== null && fromDay > lastDay) {
    throw new UserError(`--from ${fromDay} is after --to-day ${lastDay}`, { exitCode: 2 });
  }
  const signal = stopSignal();
  const databaseUrl = await ownerDatabaseUrl(home);
  const dir = resolve(to);
  const progress = sliceProgress('Exporting');
  try {
    const result = await exportBundle({
      databaseUrl,
      dir,
      systems,
      fromDay,
      toDay: lastDay,
      includeUnlicensed,
      onProgress: progress.update,
      onWait: () => say(`Another velolog is writing to ${dir}: waiting for it`),
      signal,
    }).finally(progress.stop);
    console.log(json ? printableJson(result) : describeResult(result));
    if (!json) return;
    for (const line of describeLeftOut(result)) say(line);
  } catch (error) {
    throw error instanceof NothingToExport ? describeNothing(error) : error;
  }
}

function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

function describeResult(result: ExportResult): string {
  const { to, systems, rows, files, bytes } = result;
  return [
    `Exported ${rows.station_status ?? 0} rows of station_status of ${systems.length === 1 ? '1 system' : `${systems.length} systems`} to ${printable(to)}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB. Its README.md describes each column.`,
    ...describeLeftOut(result).map(printable),
  ].join('\n');
}

function describeLeftOut({ left_out, incomplete }: Pick<ExportResult, 'left_out' | 'incomplete'>): string[] {
  const lines = left_out.map(
    ({ system_id, reason, license_url }) =>
      `Left out ${system_id}: ${reason === 'licence_forbids' ? 'its licence forbids copies' : 'its licence is not known'}${license_url === null ? ', its feed does not name one' : ` (${license_url})`}`,
  );
  if (lines.length > 0) lines.push('--include-unlicensed exports these too, for your own use');
  if (incomplete.length > 0) {
    lines.push(
      `Incomplete, because RETENTION_DAYS has dropped rows: ${incomplete.map(({ system_id, month }) => `${system_id} ${month}`).join(', ')}`,
    );
  }
  return lines;
}

function describeNothing({ leftOut, unknown }: NothingToExport): UserError {
  if (unknown.length > 0) {
    return new UserError(
      `Not recorded: ${unknown.join(', ')}. \`npx velolog sql "select system_id from system"\` lists the systems`,
    );
  }
  if (leftOut.length === 0)
    return new UserError('There is nothing to export: no system has been recorded yet');
  return new UserError(
    ['There is nothing to export.', ...describeLeftOut({ left_out: leftOut, incomplete: [] })].join('\n'),
  );
}

/** Checks a day in UTC, such as 2026-11-26. @throws UserError */
function dayOf(option: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const date = new Date(`${text}T00:00:00.000Z`);
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(text) ||
    Number.isNaN(date.getTime()) ||
    !date.toISOString().startsWith(text)
  ) {
    throw new UserError(`${option} ${JSON.stringify(text)} is not a day; write it like 2026-11-26`, {
      exitCode: 2,
    });
  }
  return text;
}
