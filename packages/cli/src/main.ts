import { existsSync, readFileSync } from 'node:fs';
import { dropLibpq } from '@velolog/embedded/child-environment';
import { UserError } from '@velolog/embedded/user-error';
import { isOurMistake } from '@velolog/worker/describe-error';
import { printableLines } from '@velolog/worker/printable';
import { InvalidSettings } from '@velolog/worker/settings';
import { canStop, stopReason } from '@velolog/worker/stop-signal';
import { Command, CommanderError } from 'commander';
import { findHome } from './home/home.ts';
import { addSystemsCommands } from './systems/systems-commands.ts';

type Shared = { home?: string; json?: boolean };
type LakeFlags = Shared & { lake?: string };
type ImportFlags = Shared & { system?: string; feed?: string; fromExport?: string };
type ExportFlags = Shared & {
  to: string;
  system: string[];
  from?: string;
  toDay?: string;
  includeUnlicensed: boolean;
};

for (const stream of [process.stdout, process.stderr]) stream.on('error', onOutputError);
if (existsSync('.env')) process.loadEnvFile('.env');
// They speak of a PostgreSQL that nobody asked for, unless a URL does: a URL may leave its password to PGPASSWORD.
if (!process.env.DATABASE_URL && !process.env.READER_DATABASE_URL) dropLibpq(process.env);
try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
await written();
// Nothing is left to wait for; an idle connection must not decide when a command ends.
process.exit();

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

function program(): Command {
  const velolog = new Command('velolog')
    .description('Records bike-share systems from their public GBFS feeds, and knows what changed and when')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(velolog --help lists the commands)');
  const command = (name: string, text: string) =>
    velolog
      .command(name)
      .description(text)
      .option('--home <dir>', 'where all state lives (default: $VELOLOG_HOME, else .velolog)');

  // Each command loads its own code only: `sql` needs neither Kafka's client nor the progress bars.
  command('demo', 'the whole pipeline on this machine, on a simulated city').action(async (o: Shared) => {
    const { runHere } = await import('./commands/run-here.ts');
    await runHere({ home: findHome(o.home), mode: 'demo' });
  });
  command('start', 'the whole pipeline on this machine, polling the systems of systems.json').action(
    async (o: Shared) => {
      const { runHere } = await import('./commands/run-here.ts');
      await runHere({ home: findHome(o.home), mode: 'start' });
    },
  );
  command('up', 'the same in the background')
    .option('--no-ingest', 'poll nothing: Kafka, PostgreSQL and the store only')
    .option('--json', 'then what runs where, as one JSON value')
    .action(async (o: Shared & { ingest: boolean }) => {
      const { up } = await import('./commands/up.ts');
      await up({ home: findHome(o.home), ingest: o.ingest }, { json: o.json ?? false });
    });
  command('down', 'stop what runs in the background').action(async (o: Shared) => {
    const { down } = await import('./commands/down.ts');
    await down(findHome(o.home));
  });
  command('status', 'what runs where')
    .option('--json', 'as one JSON value')
    .action(async (o: Shared) => {
      const { status } = await import('./commands/status.ts');
      await status(findHome(o.home), { json: o.json ?? false });
    });
  command('import', 'load recorded history through Kafka into the same tables')
    .argument(
      '[file...]',
      'lines of {"fetched_at","body"} as .ndjson, or .json files whose names are times and folders of them; gzip and zstd are unpacked',
    )
    .option('--system <id>', 'the system_id it belongs to; of an export, the only one to import')
    .option(
      '--feed <name>',
      'station_status, station_information, system_information, free_bike_status or vehicle_status (default: station_status)',
    )
    .option(
      '--from-export <dir>',
      'what `velolog export` wrote, into a database that does not know its systems',
    )
    .option('--json', 'the result as one JSON value')
    .action(async (files: string[], o: ImportFlags) => {
      const home = findHome(o.home);
      if (o.fromExport !== undefined) {
        if (files.length > 0 || o.feed !== undefined)
          throw new UserError(
            '--from-export takes neither files nor --feed: an export says itself what it holds',
            { exitCode: 2 },
          );
        const { importFromExport } = await import('./lake/import-from-export.ts');
        const systems = o.system === undefined ? [] : [o.system];
        await importFromExport({ home, from: o.fromExport, systems, json: o.json ?? false });
        return;
      }
      if (files.length === 0 || o.system === undefined)
        throw new UserError('import needs --system ID and files, or --from-export DIR', { exitCode: 2 });
      const { importHistory } = await import('./commands/import.ts');
      await importHistory({
        home,
        files,
        system: o.system,
        feed: o.feed ?? 'station_status',
        json: o.json ?? false,
      });
    });
  command('forget', 'remove a system that was recorded under a wrong id, with all its history')
    .requiredOption('--system <id>', 'the system_id')
    .option('--yes', 'do not ask')
    .option('--json', 'what was removed, as one JSON value')
    .action(async (o: Shared & { system: string; yes?: boolean }) => {
      const { forget } = await import('./commands/forget.ts');
      await forget({ system: o.system, home: findHome(o.home), yes: o.yes ?? false, json: o.json ?? false });
    });
  command('sql', 'ask the database as its read-only role')
    .argument('<query>', 'one SQL statement; the views are in the schema api')
    .option('--json', 'as an array of row objects')
    .action(async (query: string, o: Shared) => {
      const { sql } = await import('./commands/sql.ts');
      await sql(findHome(o.home), query, { json: o.json ?? false });
    });
  addSystemsCommands(velolog);
  const forecast = velolog.command('forecast').description('forecasts of bikes and docks');
  forecast
    .command('evaluate')
    .description('test the forecast on recorded history: each forecast knows only what lies before it')
    .argument('<file...>', 'recordings of station_status, as import reads them; each is one system')
    .option('--minutes <list>', 'how far ahead, in minutes, several separated by commas', '20,40,60')
    .option(
      '--timezone <zone>',
      "the system's time zone, as Europe/Oslo: habits follow the local hour",
      'UTC',
    )
    .option('--home <dir>', 'not needed here')
    .option('--json', 'the scores as one JSON value')
    .action(async (files: string[], o: Shared & { minutes: string; timezone: string }) => {
      const { evaluateFiles } = await import('./commands/forecast-evaluate.ts');
      await evaluateFiles({ files, minutes: o.minutes, timezone: o.timezone, json: o.json ?? false });
    });
  velolog
    .command('import-past', { hidden: true })
    .requiredOption('--home <dir>')
    .action(async (o: { home: string }) => {
      const { importPast } = await import('./commands/import-past.ts');
      await importPast(findHome(o.home));
    });
  command('export', 'recorded history as Parquet files by month, with what they mean, licences and checksums')
    .requiredOption('--to <dir>', 'an empty or new folder, or that of an export before')
    .option(
      '--system <id>',
      'only this system; may be repeated',
      (id: string, ids: string[]) => [...ids, id],
      [],
    )
    .option('--from <day>', 'first day, in UTC, like 2026-11-01')
    .option('--to-day <day>', 'last day, in UTC, included')
    .option('--include-unlicensed', 'also systems whose licence forbids copies or is not known', false)
    .option('--json', 'the result as one JSON value')
    .action(async (o: ExportFlags) => {
      const { exportHistory } = await import('./lake/export.ts');
      await exportHistory({ ...o, home: findHome(o.home), systems: o.system, json: o.json ?? false });
    });
  const lake = velolog
    .command('lake')
    .description('recorded history as Parquet files, kept up to date, and asked with DuckDB');
  lake
    .command('sql')
    .description('ask the Parquet files with DuckDB, by the names of the views of the schema api')
    .argument('<query>', 'one SQL statement')
    .option('--home <dir>', 'where all state lives (default: $VELOLOG_HOME, else .velolog)')
    .option(
      '--lake <dir>',
      'the folder of the lake or of an export (default: $LAKE_DIR, else lake below the home)',
    )
    .option('--json', 'as an array of row objects')
    .action(async (query: string, o: LakeFlags) => {
      const { lakeSql } = await import('./lake/lake-sql.ts');
      await lakeSql(findHome(o.home), query, { lake: o.lake, json: o.json ?? false });
    });
  lake
    .command('update')
    .description('bring the lake to where the database is')
    .option('--home <dir>', 'where all state lives (default: $VELOLOG_HOME, else .velolog)')
    .option('--lake <dir>', 'the folder of the lake (default: $LAKE_DIR, else lake below the home)')
    .option('--json', 'the result as one JSON value')
    .action(async (o: LakeFlags) => {
      const { lakeUpdate } = await import('./lake/lake-update.ts');
      await lakeUpdate(findHome(o.home), { lake: o.lake, json: o.json ?? false });
    });
  velolog
    .command('supervise', { hidden: true })
    .requiredOption('--home <dir>')
    .option('--no-ingest')
    .action(async (o: { home: string; ingest: boolean }) => {
      const { superviseInBackground } = await import('./commands/up.ts');
      await superviseInBackground({ home: findHome(o.home), ingest: o.ingest });
    });
  return velolog;
}

/** A pipe takes what its reader reads: process.exit() throws away what still waits for that. */
async function written(): Promise<void> {
  const ends = [process.stdout, process.stderr].map((stream) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Called when all before it has gone out, or cannot.
    stream.write('', () => resolve());
    return promise;
  });
  await Promise.all(ends);
}

/** Whoever read us, as `| head`, has had enough: nobody is left to tell. What runs is stopped in order. A full disk is a failure. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    process.stderr.write(`velolog: cannot write the output: ${error.message}\n`, () => process.exit(1));
  } else if (!canStop()) {
    process.exit(0);
  } else if (stopReason() === null) {
    process.kill(process.pid, 'SIGTERM');
  }
}

/** Says what went wrong; the stack only when the mistake is ours. @returns the exit code: 1 failed, 2 wrong use */
function report(error: unknown): number {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const stopped = stopReason();
  if (stopped !== null && error instanceof Error && error.name === 'AbortError') {
    process.stderr.write(`velolog: ${stopped.message} before it was done\n`);
    return stopped.exitCode;
  }
  const expected = error instanceof UserError || error instanceof InvalidSettings;
  const text = error instanceof Error ? (isOurMistake(error) ? error.stack : messages(error)) : String(error);
  process.stderr.write(`velolog: ${printableLines(text ?? '')}\n`);
  return expected && 'exitCode' in error ? error.exitCode : error instanceof InvalidSettings ? 2 : 1;
}

function messages(error: Error): string {
  // What was written for the user says it all.
  const isWhole = error instanceof UserError || error instanceof InvalidSettings;
  const cause = error.cause instanceof Error && !isWhole ? error.cause.message : '';
  return cause && !error.message.includes(cause) ? `${error.message}: ${cause}` : error.message;
}
