import { resolve } from 'node:path';
import { openBundle } from '@velolog/lake/bundle/read-bundle';
import { fillSystems, HistoryDoesNotFit, SystemsAreKnown } from '@velolog/store/fill/fill-systems';
import { migrate } from '@velolog/store/migrate/migrate';
import { printable, printableJson } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { runningSupervisor } from '../home/home-lock.ts';
import { borrowPipeline } from '../supervisor/borrow-pipeline.ts';
import { sliceProgress } from './slice-progress.ts';

type Options = { home: Home; from: string; systems: string[]; json: boolean };

/** Loads an export into the database of the home or of DATABASE_URL, for systems that the database does not have yet. Kafka is not involved. */
export async function importFromExport({ home, from, systems, json }: Options): Promise<void> {
  const signal = stopSignal();
  const dir = resolve(from);
  await using bundle = await openBundle(dir, { systems, signal });
  const say = (line: string) => process.stderr.write(`${printable(line)}\n`);
  const progress = sliceProgress('Importing');
  const place = await databaseOf(home, say, signal);
  try {
    await fillSystems(place.databaseUrl, bundle, { onProgress: progress.update, signal }).catch((error) => {
      throw explain(error, dir);
    });
  } finally {
    progress.stop();
    await place.stop();
  }
  const result = {
    from: dir,
    systems: bundle.system_ids.map((system_id) => ({
      system_id,
      rows: bundle.months.reduce((sum, month) => sum + (month.system_id === system_id ? month.rows : 0), 0),
      whole_from: bundle.wholeFrom.get(system_id) ?? null,
    })),
    rows: bundle.months.reduce((sum, { rows }) => sum + rows, 0),
    feeds_left_out: bundle.leftOut,
  };
  console.log(json ? printableJson(result) : describeResult(result).map(printable).join('\n'));
}

/** An external database may have no tables yet, so they are created. An embedded one is started with the whole pipeline, Kafka included. */
async function databaseOf(
  home: Home,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<{ databaseUrl: string; stop: () => Promise<void> }> {
  const { DATABASE_URL } = process.env;
  if (!DATABASE_URL || runningSupervisor(home) !== null)
    return await borrowPipeline(home, { what: 'this import', say, signal });
  await migrate(DATABASE_URL, { signal });
  return { databaseUrl: DATABASE_URL, stop: async () => {} };
}

type Result = {
  systems: { system_id: string; rows: number; whole_from: string | null }[];
  rows: number;
  feeds_left_out: string[];
};

function describeResult({ systems, rows, feeds_left_out }: Result): string[] {
  const cut = systems.filter(({ whole_from }) => whole_from !== null);
  return [
    `Imported ${rows} rows of station_status of ${systems.length === 1 ? '1 system' : `${systems.length} systems`}: ${systems.map(({ system_id }) => system_id).join(', ')}.`,
    ...(cut.length === 0
      ? []
      : [
          `The export does not contain all rows, so outages are known only from: ${cut.map(({ system_id, whole_from }) => `${system_id} ${whole_from}`).join(', ')}.`,
        ]),
    ...(feeds_left_out.length === 0
      ? []
      : [
          `An export does not contain the content of these feeds, so they count as not observed: ${feeds_left_out.join(', ')}.`,
        ]),
  ];
}

function explain(error: unknown, dir: string): unknown {
  if (error instanceof SystemsAreKnown) {
    return new UserError(
      `${error.message}: an export can only be loaded for systems that are not in the database. Nothing was imported. Choose an empty database (--home DIR, DATABASE_URL), or other systems with --system`,
      { cause: error },
    );
  }
  if (error instanceof HistoryDoesNotFit) {
    return new UserError(`The export in ${dir} is damaged. ${error.message}. Nothing was imported`, {
      cause: error,
    });
  }
  return error;
}
