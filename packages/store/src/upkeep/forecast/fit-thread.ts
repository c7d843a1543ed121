import { parentPort, workerData } from 'node:worker_threads';
import { fitSystem } from '@velolog/forecast/fit-model';
import { expandHistory, type RecordedHistory } from './recorded-history.ts';

// A fit takes seconds. It has its own thread, so that the worker still answers Kafka and its health checks.
const { history, minutesAhead } = workerData as { history: RecordedHistory; minutesAhead?: number[] };
const fitted = fitSystem(expandHistory(history), minutesAhead);
const made = fitted.models.flatMap(({ hours }) => hours.flatMap((hour) => Object.values(hour)));
parentPort?.postMessage(
  fitted,
  made.map(({ buffer }) => buffer),
);
