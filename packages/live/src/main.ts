import { once } from 'node:events';
import { runWorker } from '@velolog/metrics/run-worker';
import { readSettings } from '@velolog/metrics/settings';
import { liveSettings } from './config.ts';
import { startLive } from './worker.ts';

await runWorker('live', async ({ log, signal }) => {
  const worker = await startLive(readSettings(liveSettings, process.env), { log });
  if (!signal.aborted) await once(signal, 'abort');
  await worker.stop();
});
