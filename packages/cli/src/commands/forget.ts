import { createInterface } from 'node:readline/promises';
import { isRemembered, nameOf } from '@velolog/lake/database/lake-memory';
import { readLake } from '@velolog/lake/folder/lake-folder';
import { writeLake } from '@velolog/lake/write-lake';
import type { KafkaSettings } from '@velolog/stream/kafka/client';
import { printable, printableJson, printableLines } from '@velolog/worker/printable';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import pg from 'pg';
import { forgetSystem, readHoldings, type SystemHoldings } from '../history/forget-system.ts';
import { holdHistory } from '../history/history-lock.ts';
import type { Home } from '../home/home.ts';
import { homeOption } from '../home/home-option.ts';
import { readState, type State } from '../home/state.ts';
import { lakePlaceOf } from '../lake/lake-folder.ts';
import { lastDayOfLastMonth } from '../lake/lake-update.ts';
import { counted } from '../print/counted.ts';
import { borrowPipeline } from '../supervisor/borrow-pipeline.ts';
import { checkSettings } from '../supervisor/check-settings.ts';
import { fileThatNames, isRecorded, stillPolledBy } from '../supervisor/polled-systems.ts';
import { stallText } from './import.ts';

type Options = { home: Home; system: string; yes: boolean; json: boolean };

/** After an ingest worker of another home learns that the system is removed, it may still have a request under way for this long. */
const POLLED_LATELY_SECONDS = 60;

/** Removes everything that the database holds about one system, for example one imported under a mistyped id. Asks first. */
export async function forget({ home, system, yes, json }: Options): Promise<void> {
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  if (!yes && !canAsk)
    throw new UserError(
      'Cannot ask for confirmation without a terminal: add --yes to forget the system without asking',
      { exitCode: 2 },
    );
  const signal = stopSignal();
  const say = (line: string) => process.stderr.write(`${printableLines(line)}\n`);
  await checkSettings(process.env, { ingest: false });
  const state = await readState(home);
  const file = await fileThatNames(home, state, system);
  if (file !== null && !state.running)
    throw new UserError(recordedText(state, system, { file, isListed: false }));
  const pipeline = await borrowPipeline(home, { what: 'this command', say, signal });
  const client = new pg.Client({
    connectionString: sessionUrl(pipeline.databaseUrl, OWNER_PATH),
    application_name: 'velolog forget',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await refuseWhatIsRecorded(state, system, { file, kafka: pipeline.kafka, signal });
    const holdings = await readHoldings(client, system);
    if (holdings === null) throw new UserError(await unknownSystem(client, system));
    if (mayOthersPoll(state)) refusePolledLately(holdings);
    if (!yes && !(await agrees(holdings, signal))) throw new UserError('Nothing was removed');
    await holdHistory(client, system, 'forget');
    await takeOutOfLake(home, { client, databaseUrl: pipeline.databaseUrl, system, signal });
    const onStall = (seconds: number) => say(stallText(seconds, home));
    const done = await forgetSystem({ client, kafka: pipeline.kafka, system, onStall, signal });
    if (!done) throw new UserError(stillThere(system));
    // A lake worker may have written the system again in the meantime.
    await takeOutOfLake(home, { client, databaseUrl: pipeline.databaseUrl, system, signal });
    const { stations, rows } = holdings;
    console.log(
      json
        ? printableJson({ system_id: system, stations, rows })
        : `Forgot ${printable(system)}: ${counted(stations, 'station')}, ${counted(rows, 'row')} of station_status. An import of this id starts over.`,
    );
  } finally {
    await client.end().catch(() => {});
    await pipeline.stop();
  }
}

async function refuseWhatIsRecorded(
  state: State,
  system: string,
  { file, kafka, signal }: { file: string | null; kafka: KafkaSettings; signal: AbortSignal },
): Promise<void> {
  const isListed = await isRecorded(kafka, system, signal);
  if (isListed && state.mode === 'demo' && file !== null)
    throw new UserError(`${system} is the city of the demo that is running: stop the demo first (Ctrl-C)`);
  if (isListed || file !== null) throw new UserError(recordedText(state, system, { file, isListed }));
  const ingest = await stillPolledBy(state, system, signal);
  if (ingest !== null)
    throw new UserError(
      `${system} is no longer recorded, but the running ingest worker still polls it (${ingest}): stop Velolog and start it again, then forget the system`,
    );
}

function recordedText(
  { home }: State,
  system: string,
  { file, isListed }: { file: string | null; isListed: boolean },
): string {
  const steps = [
    ...(file === null ? [] : [`take it out of ${file}`]),
    ...(isListed ? [`run \`npx velolog systems remove ${system}${homeOption(home)}\``] : []),
  ];
  return `${system} is still recorded, and its next poll would bring it back. First ${steps.join(' and ')}; then forget it`;
}

/** Whether an ingest worker outside this home may write to the same Kafka. */
function mayOthersPoll({ workers }: State): boolean {
  return !!process.env.KAFKA_BROKERS && !workers.some(({ name }) => name === 'ingest');
}

function refusePolledLately({ system_id, polled_seconds_ago }: SystemHoldings): void {
  if (polled_seconds_ago === null || polled_seconds_ago > POLLED_LATELY_SECONDS) return;
  throw new UserError(
    `${system_id} was polled ${Math.round(polled_seconds_ago)} s ago, and a request may still be under way: try again in a minute`,
  );
}

/**
 * Removes the system from the lake before the database forgets it. A lake that holds more than its database would be taken for the lake of
 * another database, and a new import under the same id must not meet slices of the old history. Throws when the lake is known to exist but
 * is not there now, or when its catalogue does not answer.
 */
async function takeOutOfLake(
  home: Home,
  {
    client,
    databaseUrl,
    system,
    signal,
  }: { client: pg.Client; databaseUrl: string; system: string; signal: AbortSignal },
): Promise<void> {
  const place = lakePlaceOf(home, undefined);
  const isThere = place.catalogue === undefined && (await readLake(place.dir))?.file.kind === 'lake';
  if (!isThere && !(await isRemembered(client, nameOf(place)))) return;
  await writeLake({
    databaseUrl,
    ...place,
    kind: 'lake',
    choose: (systems) => systems,
    without: system,
    fromDay: null,
    toDay: place.catalogue === undefined ? null : lastDayOfLastMonth(),
    signal,
  });
}

async function agrees(holdings: SystemHoldings, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${describe(holdings)}\nRemove all of this permanently? (yes/no) `, {
      signal,
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

function describe({ system_id, name, stations, rows, ...times }: SystemHoldings): string {
  const days = [times.first_observed_at, times.last_observed_at].map((time) =>
    time === null ? '' : new Date(time).toISOString().slice(0, 10),
  );
  const when =
    days[0] === ''
      ? ''
      : `, observed ${days[0] === days[1] ? `on ${days[0]}` : `from ${days[0]} to ${days[1]}`}`;
  return printableLines(
    `${system_id}${name === null ? '' : ` (${name})`}: ${counted(stations, 'station')}, ${counted(rows, 'row')} of station_status${when}`,
  );
}

async function unknownSystem(client: pg.Client, system: string): Promise<string> {
  const { rows } = await client.query<{ system_id: string }>(
    'select system_id from api.system order by system_id limit 20',
  );
  const known = rows.map(({ system_id }) => system_id).join(', ');
  return `There is no system ${JSON.stringify(system)}; ${known === '' ? 'the database has no systems yet' : `it has: ${known}`}`;
}

function stillThere(system: string): string {
  return `The store has not forgotten ${system}: its version may be too old, records of the system may have come later, or the database may have refused. See the dead letters and the log of the store`;
}
