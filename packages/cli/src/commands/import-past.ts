import { closeSync, openSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeEnvironment } from '@velolog/embedded/child-environment';
import { killGroup, processId, spawnGroup } from '@velolog/embedded/process-group';
import { pastSystemId, recordPast } from '@velolog/simulator/past';
import { stopSignal } from '@velolog/worker/stop-signal';
import { type ImportResult, importRecords } from '../history/import-history.ts';
import type { Home } from '../home/home.ts';
import { kafkaSettingsOf, whereItRuns } from '../supervisor/borrow-pipeline.ts';
import { demoRun, hasPastToImport, markPastImported } from '../supervisor/demo-run.ts';
import { demoOptions } from '../supervisor/pipeline-workers.ts';

/** Longer than the demo's own interval, as in many recordings: a week has 2,016 polls of stations and 672 of vehicles. */
const PAST_FEEDS = [
  { feed: 'station_status', everySeconds: 300 },
  { feed: 'free_bike_status', everySeconds: 900 },
] as const;

/** The hidden command that imports the demo's past through Kafka, like any history. It runs at low priority, so that it slows nothing else down. */
export async function importPast(home: Home): Promise<void> {
  setPriority(10);
  const run = demoRun(home, 0);
  if (run.past_until === undefined) return;
  const options = { ...demoOptions(), startedAtMs: Date.parse(run.started_at) };
  // Live polls come after the demo's own start, so the past ends well before them.
  const untilMs = Date.parse(run.past_until) - 1000;
  const place = await whereItRuns(home);
  const signal = stopSignal();
  const results: ImportResult[] = [];
  for (const { feed, everySeconds } of PAST_FEEDS) {
    const result = await importRecords({
      history: {
        files: [join(home.path, 'demo-past')],
        records: Math.floor((untilMs - options.startedAtMs) / (everySeconds * 1000)) + 1,
        first: new Date(options.startedAtMs),
        last: new Date(untilMs),
      },
      read: () => recordPast(options, { feed, everySeconds, untilMs }),
      system: pastSystemId(options),
      feed,
      kafka: kafkaSettingsOf(place),
      databaseUrl: place.database_url ?? '',
      onProgress: () => {},
      onStall: () => {},
      signal,
    });
    results.push(result);
  }
  markPastImported(home);
  console.log(JSON.stringify(results));
}

/** Imports the past in a separate process beside the demo, and says when it is done. If the demo is stopped earlier, its next start continues. */
export function startPast(
  home: Home,
  { tell, signal }: { tell: (line: string) => void; signal: AbortSignal },
): void {
  if (!hasPastToImport(home) || signal.aborted) return;
  const log = join(home.logs, 'import-past.log');
  const errors = openSync(log, 'w');
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawnGroup(process.execPath, [main, 'import-past', '--home', home.path], {
    stdio: ['ignore', 'pipe', errors],
    env: nodeEnvironment(process.env),
  });
  closeSync(errors);
  let said = '';
  child.stdout?.on('data', (part) => {
    said += part;
  });
  const id = child.pid === undefined ? null : processId(child.pid);
  signal.addEventListener('abort', () => id && killGroup(id), { once: true });
  child.once('error', () => {});
  child.once('close', (code) => {
    if (signal.aborted) return;
    if (code !== 0) return tell(`the simulated past could not be imported; see ${log}`);
    const [stations, vehicles] = JSON.parse(said) as ImportResult[];
    tell(
      `the city now has a simulated past: ${stations?.polls} polls of stations with ${stations?.changes} changes, ${vehicles?.polls} of vehicles with ${vehicles?.stays} stays`,
    );
  });
}
