import { runWorker } from '@velolog/worker/run-worker';
import packageJson from '../package.json' with { type: 'json' };
import { readConfig } from './config.ts';
import { readSystemsFile } from './sources/systems.ts';
import { runIngest } from './worker.ts';

await runWorker('ingest', async ({ log, signal }) => {
  const config = readConfig(process.env, packageJson.version);
  const file = await readSystemsFile(config.systemsFile);
  if (!config.contactGiven) log.warn({ event: 'no_contact', hint: 'set USER_AGENT_CONTACT' });
  await runIngest(config, file, { log, signal });
});
