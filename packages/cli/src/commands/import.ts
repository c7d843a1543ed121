import { isSystemId, SYSTEM_ID_RULE } from '@velolog/gbfs/values/system-id';
import { printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import { checkHistory } from '../history/check-history.ts';
import { type ImportProgress, type ImportResult, importRecords } from '../history/import-history.ts';
import type { Home } from '../home/home.ts';
import { homeOption } from '../home/home-option.ts';
import { counted } from '../print/counted.ts';
import { progressBar } from '../print/progress-bar.ts';
import { borrowPipeline } from '../supervisor/borrow-pipeline.ts';
import { checkSettings } from '../supervisor/check-settings.ts';

type Options = { home: Home; files: string[]; system: string; feed: string; json: boolean };

const FEEDS = [
  'station_status',
  'station_information',
  'system_information',
  'free_bike_status',
  'vehicle_status',
];

/** Loads recorded history into the pipeline of the home. If none runs, starts one without ingest until the import is done. */
export async function importHistory({ home, files, system, feed, json }: Options): Promise<void> {
  if (!FEEDS.includes(feed)) {
    throw new UserError(`Cannot import the feed "${feed}"; expected one of ${FEEDS.join(', ')}`, {
      exitCode: 2,
    });
  }
  if (!isSystemId(system)) {
    throw new UserError(`${JSON.stringify(system)} is not a system_id; ${SYSTEM_ID_RULE}`, { exitCode: 2 });
  }
  const signal = stopSignal();
  const reading = readingTeller();
  const history = await checkHistory(files, feed, reading.onRecord).finally(reading.done);
  await checkSettings(process.env, { ingest: false });
  const say = (line: string) => process.stderr.write(`${printableLines(line)}\n`);
  const pipeline = await borrowPipeline(home, { what: 'this import', say, signal });
  try {
    const bar = importBar(history.records);
    const result = await importRecords({
      history,
      system,
      feed,
      kafka: pipeline.kafka,
      databaseUrl: pipeline.databaseUrl,
      onProgress: bar.update,
      onStall: (seconds) => say(stallText(seconds, home)),
      signal,
    }).finally(bar.stop);
    console.log(json ? JSON.stringify(result) : describeResult(result));
    if (result.polls > 0 && result.rejected >= result.polls) {
      throw new UserError(`Nothing was imported: ${describeReasons(result.reasons ?? {})}`);
    }
  } finally {
    await pipeline.stop();
  }
}

export function stallText(seconds: number, home: Home): string {
  return `The store has not stored anything for ${seconds} s; is a store worker running? (npx velolog status${homeOption(home.path)})`;
}

type Bar = { update: (progress: ImportProgress) => void; stop: () => void };

/** Shown only on a terminal. The bar shows what the store has committed; publishing runs ahead of it. */
function importBar(records: number): Bar {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = progressBar(
    'Importing [{bar}] {percentage}%  {stored} of {total} polls stored, {published} published, {skipped} skipped',
  );
  bar.start(records, 0, { stored: 0, published: 0, skipped: 0 });
  return {
    update: (progress) => bar.update(progress.stored + progress.skipped, progress),
    stop: () => bar.stop(),
  };
}

/** Shows progress while the files are checked: large ones take a while, and nothing is published before that is done. */
function readingTeller(): { onRecord: () => void; done: () => void } {
  let records = 0;
  const show = process.stderr.isTTY;
  return {
    onRecord: () => {
      records += 1;
      if (show && records % 100 === 0) process.stderr.write(`\rReading: ${records} records`);
    },
    done: () => show && records >= 100 && process.stderr.write('\r\x1b[K'),
  };
}

function describeResult({
  system_id,
  feed,
  polls,
  stations,
  changes,
  rejected,
  reasons = {},
  skipped,
  stays,
}: ImportResult): string {
  const found =
    stays === undefined
      ? `${counted(changes, 'change')}, ${counted(stations, 'station')} known now`
      : `${counted(stays, 'stay')} of vehicles`;
  const lines = [
    `Imported ${counted(Math.max(0, polls - rejected), 'poll')} of ${feed} of ${system_id}: ${found}.`,
  ];
  if (rejected > 0)
    lines.push(`${rejected} rejected: ${describeReasons(reasons)}; they are in the dead letters.`);
  if (skipped > 0) lines.push(`${skipped} skipped: the history already covers their time.`);
  return lines.join('\n');
}

/** What to do about the store's most common codes. docs/codes.md lists all of them. */
const REASONS: Record<string, string> = {
  fetched_in_future: 'fetched in the future; are the times right?',
  fetched_before_gbfs: 'fetched before GBFS existed; are the times right?',
  not_json: 'the body is not JSON',
  empty_body: 'the body is empty',
  not_a_feed: 'the body is not a GBFS feed',
  no_station_list: 'the body has no list of stations; is --feed right?',
  no_vehicle_list: 'the body has no list of vehicles; is --feed right?',
  no_system_information: 'the body is not a system_information; is --feed right?',
  stale: 'its time lies between polls that are already stored',
};

function describeReasons(reasons: Record<string, number>): string {
  const known = Object.entries(reasons).toSorted(([, a], [, b]) => b - a);
  if (known.length === 0) return 'the reasons are in the headers of the dead letters';
  return known
    .map(([reason, count]) => `${count} ${reason}${reason in REASONS ? ` (${REASONS[reason]})` : ''}`)
    .join(', ');
}
