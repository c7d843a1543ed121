import { runWorker } from '@velolog/worker/run-worker';
import { readSettings } from '@velolog/worker/settings';
import { storeSettings } from './config.ts';
import { startStore } from './worker.ts';

await runWorker('store', async ({ log, signal }) => {
  const worker = await startStore(readSettings(storeSettings, process.env), { log, signal });
  await worker.stopped;
});
