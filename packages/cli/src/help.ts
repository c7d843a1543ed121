import type { Command, Option } from 'commander';

/** What people type first, by command. program.test.ts parses each. */
export const EXAMPLES: Record<string, string[]> = {
  demo: ['npx velolog demo', 'LIVE_PORT=8080 npx velolog demo --home /tmp/velolog-trial'],
  start: ['npx velolog start', 'USER_AGENT_CONTACT=me@example.org npx velolog start'],
  up: ['npx velolog up', 'npx velolog up --no-ingest --json'],
  down: ['npx velolog down', 'npx velolog down --json'],
  status: ['npx velolog status', 'npx velolog status --json'],
  import: [
    'npx velolog import --system oslo station_status.ndjson.gz',
    'npx velolog import --system oslo --feed free_bike_status recordings/',
    'npx velolog import --from-export /tmp/history',
  ],
  forget: ['npx velolog forget --system olso'],
  export: [
    'npx velolog export --to /tmp/history',
    'npx velolog export --to /tmp/history --system oslo --from 2026-11-01 --to-day 2026-11-30',
  ],
  sql: [
    'npx velolog sql "select name, state from api.station_current limit 5"',
    'npx velolog sql --json "select * from api.system"',
  ],
  'forecast evaluate': [
    'npx velolog forecast evaluate station_status.ndjson.gz --timezone Europe/Oslo',
    'npx velolog forecast evaluate station_status.ndjson.gz --minutes 10,30 --json',
  ],
  'systems search': [
    'npx velolog systems search oslo',
    'npx velolog systems search --country NO',
    'npx velolog systems search --near 59.91,10.75',
  ],
  'systems show': ['npx velolog systems show oslobysykkel'],
  'systems add': [
    'npx velolog systems add oslobysykkel trondheimbysykkel',
    'npx velolog systems add https://example.org/gbfs.json',
    `npx velolog systems add stadtrad_hamburg --header 'DB-Api-Key: \${DB_KEY}'`,
    'npx velolog systems add --country NO',
  ],
  'systems list': ['npx velolog systems list'],
  'systems remove': ['npx velolog systems remove trondheimbysykkel'],
  'lake sql': [
    'npx velolog lake sql "select count(*) from station_change"',
    'npx velolog lake sql --lake /tmp/history "select * from system"',
  ],
  'lake update': ['npx velolog lake update'],
};

/** Completes the help of each command: examples, and after an error the command that explains its own flags. */
export function completeHelp(command: Command, path: string[] = []): void {
  const name = path.join(' ');
  if (path.length > 0) command.showHelpAfterError(`(npx velolog ${name} --help explains it)`);
  const examples = EXAMPLES[name];
  if (examples)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`);
  for (const child of command.commands) completeHelp(child, [...path, child.name()]);
}

/** A flag that is off, or given no value, needs no default in the help. */
export function describeOption({ description, defaultValue }: Option): string {
  const isPlain = defaultValue === undefined || defaultValue === false || defaultValue === true;
  return isPlain || Array.isArray(defaultValue) ? description : `${description} (default: ${defaultValue})`;
}
