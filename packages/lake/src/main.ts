import { runWorker } from '@velolog/worker/run-worker';
import { readSettings } from '@velolog/worker/settings';
import { lakeSettings } from './config.ts';
import { startLakeWorker } from './worker.ts';

await runWorker('lake', async ({ log, signal }) => {
  const worker = await startLakeWorker(readSettings(lakeSettings(process.env), process.env), { log, signal });
  await worker.stopped;
});
