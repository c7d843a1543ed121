import { once } from 'node:events';
import { runWorker } from '@velolog/worker/run-worker';
import { readSettings } from '@velolog/worker/settings';
import { liveSettings } from './config.ts';
import { ensurePage } from './ensure-page.ts';
import { startLive } from './worker.ts';

await runWorker('live', async ({ log, signal }) => {
  await ensurePage().catch((error: unknown) => log.error({ event: 'no_page', err: error }));
  const worker = await startLive(readSettings(liveSettings, process.env), { log });
  if (!signal.aborted) await once(signal, 'abort');
  await worker.stop();
});
