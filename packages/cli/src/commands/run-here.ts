import { printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { describeState } from '../home/describe-state.ts';
import type { Home } from '../home/home.ts';
import { checkSettings } from '../supervisor/check-settings.ts';
import { reportFlow } from '../supervisor/report/report-flow.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { startPast } from './import-past.ts';

/** `demo` and `start`: the pipeline in this terminal, until Ctrl-C. */
export async function runHere({ home, mode }: { home: Home; mode: 'demo' | 'start' }): Promise<void> {
  // performance.now() counts from the start of this process, which is when the user pressed Enter.
  const startedAt = 0;
  await checkSettings(process.env, { ingest: mode === 'start' });
  const signal = stopSignal();
  const say = (line: string) => console.log(printableLines(line));
  say(
    mode === 'demo'
      ? 'Velolog demo: one SIMULATED city, made up by a program; no real bikes. Starting ...'
      : 'Velolog: recording the systems of systems.json. Starting ...',
  );
  const supervisor = new Supervisor({ home, mode, ingest: true, env: process.env, log: say, signal });
  const ready = Promise.withResolvers<void>();
  const flow = reportFlow({
    state: supervisor.state,
    startedAt,
    ready: ready.promise,
    say,
    ...(mode === 'demo' && { onStations: (tell) => startPast(home, { tell, signal }) }),
    signal,
  });
  try {
    await supervisor.start();
    say(describeState(supervisor.state));
    if (mode === 'start' && !process.env.USER_AGENT_CONTACT) {
      say(
        'Please set USER_AGENT_CONTACT (a URL or e-mail address), so that the operators of these systems can reach you.',
      );
    }
    say('Ctrl-C stops everything.\n');
    ready.resolve();
    await Promise.all([supervisor.run(), flow]);
  } catch (error) {
    // Ctrl-C also works during the start; it is not an error.
    if (!signal.aborted || (error as Error).name !== 'AbortError') throw error;
  } finally {
    if (signal.aborted)
      say('\nStopping: ingest, store, Kafka, PostgreSQL (press Ctrl-C again to stop at once) ...');
    await supervisor.stop();
    if (signal.aborted) say('Stopped. Nothing is left running; all data stays in the home folder.');
  }
}
