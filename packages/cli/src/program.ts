import { readFileSync } from 'node:fs';
import { UserError } from '@velolog/worker/user-error';
import { Command } from 'commander';
import { takeEarlyFlags } from './early-flags.ts';
import { completeHelp, describeOption } from './help.ts';
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

/** The command line. Each command loads only its own code, so `sql` loads neither the Kafka client nor the progress bars. */
export function program(): Command {
  const velolog = new Command('velolog')
    .description('Records bike-share systems from their public GBFS feeds: what changed, and when')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureHelp({ optionDescription: describeOption })
    .showHelpAfterError('(npx velolog --help lists the commands)');
  addPipelineCommands(velolog);
  addImportCommand(velolog);
  addForgetCommand(velolog);
  addExportCommand(velolog);
  addAskingCommands(velolog);
  addSystemsCommands(velolog);
  addLakeCommands(velolog);
  completeHelp(velolog);
  takeEarlyFlags(velolog);
  addHiddenCommands(velolog);
  return velolog;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

function commandOf(velolog: Command, name: string, text: string): Command {
  return velolog
    .command(name)
    .description(text)
    .option('--home <dir>', 'folder for all state (default: $VELOLOG_HOME or .velolog)');
}

function addPipelineCommands(velolog: Command): void {
  commandOf(velolog, 'demo', 'run the whole pipeline on this machine, with a simulated city').action(
    async (o: Shared) => {
      const { runHere } = await import('./commands/run-here.ts');
      await runHere({ home: findHome(o.home), mode: 'demo' });
    },
  );
  commandOf(
    velolog,
    'start',
    'run the whole pipeline on this machine, polling the systems in systems.json',
  ).action(async (o: Shared) => {
    const { runHere } = await import('./commands/run-here.ts');
    await runHere({ home: findHome(o.home), mode: 'start' });
  });
  commandOf(velolog, 'up', 'run the same in the background')
    .option('--no-ingest', 'do not poll: run only Kafka, PostgreSQL and the store')
    .option('--json', 'print what runs where as one JSON value')
    .action(async (o: Shared & { ingest: boolean }) => {
      const { up } = await import('./commands/up.ts');
      await up({ home: findHome(o.home), ingest: o.ingest }, { json: o.json ?? false });
    });
  commandOf(velolog, 'down', 'stop what runs in the background')
    .option('--json', 'print whether something was stopped as one JSON value')
    .action(async (o: Shared) => {
      const { down } = await import('./commands/down.ts');
      await down(findHome(o.home), { json: o.json ?? false });
    });
  commandOf(velolog, 'status', 'show what runs where')
    .option('--json', 'print one JSON value')
    .action(async (o: Shared) => {
      const { status } = await import('./commands/status.ts');
      await status(findHome(o.home), { json: o.json ?? false });
    });
}

function addImportCommand(velolog: Command): void {
  commandOf(velolog, 'import', 'load recorded history through Kafka into the same tables')
    .argument(
      '[file...]',
      '.ndjson files with lines of {"fetched_at","body"}, .json files named by time, or folders of these; may be packed with gzip or zstd',
    )
    .option('--system <id>', 'the system_id of the history; for an export, the only system to import')
    .option(
      '--feed <name>',
      'station_status, station_information, system_information, free_bike_status or vehicle_status (default: station_status)',
    )
    .option(
      '--from-export <dir>',
      'load an export of `velolog export` into a database that does not have its systems',
    )
    .option('--json', 'print the result as one JSON value')
    .action(async (files: string[], o: ImportFlags) => {
      const home = findHome(o.home);
      if (o.fromExport !== undefined) {
        if (files.length > 0 || o.feed !== undefined)
          throw new UserError(
            '--from-export takes neither files nor --feed: an export describes its own content',
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
}

function addForgetCommand(velolog: Command): void {
  commandOf(velolog, 'forget', 'remove a system that was recorded under a wrong id, with all its history')
    .requiredOption('--system <id>', 'the system_id')
    .option('--yes', 'do not ask')
    .option('--json', 'print what was removed as one JSON value')
    .action(async (o: Shared & { system: string; yes?: boolean }) => {
      const { forget } = await import('./commands/forget.ts');
      await forget({ system: o.system, home: findHome(o.home), yes: o.yes ?? false, json: o.json ?? false });
    });
}

function addExportCommand(velolog: Command): void {
  commandOf(
    velolog,
    'export',
    'write recorded history as monthly Parquet files, with a description, licences and checksums',
  )
    .requiredOption('--to <dir>', 'a new or empty folder, or the folder of an earlier export')
    .option(
      '--system <id>',
      'only this system; may be repeated',
      (id: string, ids: string[]) => [...ids, id],
      [],
    )
    .option('--from <day>', 'first day, in UTC, like 2026-11-01')
    .option('--to-day <day>', 'last day, in UTC, included')
    .option('--include-unlicensed', 'include systems whose licence forbids copies or is not known', false)
    .option('--json', 'print the result as one JSON value')
    .action(async (o: ExportFlags) => {
      const { exportHistory } = await import('./lake/export.ts');
      await exportHistory({ ...o, home: findHome(o.home), systems: o.system, json: o.json ?? false });
    });
}

function addAskingCommands(velolog: Command): void {
  commandOf(velolog, 'sql', 'query the database with a read-only role')
    .argument('<query>', 'one SQL statement; the views are in the schema api')
    .option('--json', 'print an array of row objects')
    .action(async (query: string, o: Shared) => {
      const { sql } = await import('./commands/sql.ts');
      await sql(findHome(o.home), query, { json: o.json ?? false });
    });
  const forecast = velolog.command('forecast').description('forecasts of bikes and docks');
  forecast
    .command('evaluate')
    .description('test the forecast on recorded history: each forecast uses only earlier data')
    .argument('<file...>', 'recordings of station_status, as import reads them; each is one system')
    .option('--minutes <list>', 'how far ahead, in minutes, several separated by commas', '20,40,60')
    .option(
      '--timezone <zone>',
      "the system's time zone, such as Europe/Oslo: habits follow the local hour (default: guessed from when bikes rest, else UTC)",
    )
    .option('--home <dir>', 'not used by this command')
    .option('--json', 'print the scores as one JSON value')
    .action(async (files: string[], o: Shared & { minutes: string; timezone?: string }) => {
      const { evaluateFiles } = await import('./commands/forecast-evaluate.ts');
      await evaluateFiles({ files, minutes: o.minutes, timezone: o.timezone, json: o.json ?? false });
    });
}

function addLakeCommands(velolog: Command): void {
  const lake = velolog
    .command('lake')
    .description('keep recorded history as Parquet files, and run SQL on them with DuckDB');
  lake
    .command('sql')
    .description('run SQL on the Parquet files with DuckDB; the views are named as in the schema api')
    .argument('<query>', 'one SQL statement')
    .option('--home <dir>', 'folder for all state (default: $VELOLOG_HOME or .velolog)')
    .option(
      '--lake <dir>',
      'the folder of the lake or of an export (default: $LAKE_DIR, or lake in the home)',
    )
    .option('--json', 'print an array of row objects')
    .action(async (query: string, o: LakeFlags) => {
      const { lakeSql } = await import('./lake/lake-sql.ts');
      await lakeSql(findHome(o.home), query, { lake: o.lake, json: o.json ?? false });
    });
  lake
    .command('update')
    .description('write new data from the database to the lake')
    .option('--home <dir>', 'folder for all state (default: $VELOLOG_HOME or .velolog)')
    .option('--lake <dir>', 'the folder of the lake (default: $LAKE_DIR, or lake in the home)')
    .option('--anew', 'start a new lake if the one that this database wrote is lost')
    .option('--json', 'print the result as one JSON value')
    .action(async (o: LakeFlags & { anew?: boolean }) => {
      const { lakeUpdate } = await import('./lake/lake-update.ts');
      await lakeUpdate(findHome(o.home), { lake: o.lake, anew: o.anew ?? false, json: o.json ?? false });
    });
}

/** Commands that Velolog itself runs as separate processes. */
function addHiddenCommands(velolog: Command): void {
  velolog
    .command('import-past', { hidden: true })
    .requiredOption('--home <dir>')
    .action(async (o: { home: string }) => {
      const { importPast } = await import('./commands/import-past.ts');
      await importPast(findHome(o.home));
    });
  velolog
    .command('supervise', { hidden: true })
    .requiredOption('--home <dir>')
    .option('--no-ingest')
    .action(async (o: { home: string; ingest: boolean }) => {
      const { superviseInBackground } = await import('./commands/up.ts');
      await superviseInBackground({ home: findHome(o.home), ingest: o.ingest });
    });
}
