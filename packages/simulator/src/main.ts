import { once } from 'node:events';
import { runWorker } from '@velolog/worker/run-worker';
import { HELP, readArguments } from './arguments.ts';
import { startSimulator } from './simulator.ts';

await runWorker('simulator', async ({ log, signal }) => {
  const options = readArguments(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  await using simulator = await startSimulator(options);
  const stations = simulator.systems.reduce((sum, system) => sum + system.stations, 0);
  log.info({ event: 'listening', url: simulator.url, systems: simulator.systems.length, stations });
  if (!signal.aborted) await once(signal, 'abort');
});
