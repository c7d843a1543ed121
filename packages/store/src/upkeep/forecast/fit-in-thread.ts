import { Worker } from 'node:worker_threads';
import type { FittedSystem } from '@velolog/forecast/fit-model';
import type { RecordedHistory } from './recorded-history.ts';

const THREAD_MEGABYTES_MAX = 256;

/** Moves the history to the thread, which leaves it empty here. Ends the thread when the signal aborts. @throws the thread's error */
export function fitInThread(
  history: RecordedHistory,
  { signal, minutesAhead }: { signal?: AbortSignal; minutesAhead?: number[] } = {},
): Promise<FittedSystem> {
  const { promise, resolve, reject } = Promise.withResolvers<FittedSystem>();
  const thread = new Worker(new URL('fit-thread.ts', import.meta.url), {
    workerData: { history, minutesAhead },
    transferList: history.stations.flatMap(({ times, bikes, docks }) =>
      [times, bikes, docks].flatMap(bufferOf),
    ),
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEGABYTES_MAX, maxYoungGenerationSizeMb: 8 },
  });
  const stop = () => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  thread.once('message', resolve);
  thread.once('error', reject);
  thread.once('exit', (code) => reject(new Error(`The thread that fits forecasts ended with code ${code}`)));
  return promise.finally(() => {
    signal?.removeEventListener('abort', stop);
    return thread.terminate();
  });
}

/** What is moved to the thread instead of copied. */
function bufferOf(numbers: ArrayLike<number>): ArrayBuffer[] {
  return ArrayBuffer.isView(numbers) && numbers.buffer instanceof ArrayBuffer ? [numbers.buffer] : [];
}
