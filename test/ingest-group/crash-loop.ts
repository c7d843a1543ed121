import { setTimeout as wait } from 'node:timers/promises';
import type { IngestWorkers } from './ingest-workers.ts';
import type { PolitePublishers } from './polite-publishers.ts';

/** Starts ingest, lets it ask a little, and kills it, again and again. */
export async function crashAgain(
  workers: IngestWorkers,
  publishers: PolitePublishers,
  { starts, env }: { starts: number; env: Record<string, string> },
): Promise<void> {
  for (let start = 0; start < starts; start++) {
    const worker = workers.start(env);
    const before = publishers.seen.length;
    const untilMs = performance.now() + 12_000;
    // In the middle of what it does: while its third request of this life is under way.
    while (publishers.seen.length < before + 3 && performance.now() < untilMs) await wait(10);
    await workers.end(worker, 'SIGKILL');
  }
}
