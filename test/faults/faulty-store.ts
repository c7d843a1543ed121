import { storeSettings } from '@velolog/store/config';
import { startStore } from '@velolog/store/worker';
import { runWorker } from '@velolog/worker/run-worker';
import { readSettings } from '@velolog/worker/settings';

/** `before_mark`: the changes are in Kafka, but the database does not know it yet. */
export type FaultPoint = 'before_transaction' | 'in_transaction' | 'after_commit' | 'before_mark';

/** Tells the process what to do when it next passes the point. */
export type Order = { point: FaultPoint; act: 'die' | 'hold' };

/**
 * What the process reports: that it has joined the group, or that it has stopped at the point, from where only a kill
 * ends it.
 */
export type Report = { event: 'joined' } | { event: 'held'; point: FaultPoint };

// The store worker as its own main.ts starts it, which in addition dies or stops where a test tells it to.
let order: Order | undefined;
process.on('message', (message: Order) => {
  order = message;
});
process.channel?.unref();
const report = (what: Report) => process.send?.(what);

await runWorker('store', async ({ log, signal }) => {
  const passing = async (point: FaultPoint): Promise<void> => {
    if (order?.point !== point) return;
    // SIGKILL, which no process can catch: nothing is flushed, closed or rolled back.
    if (order.act === 'die') process.kill(process.pid, 'SIGKILL');
    report({ event: 'held', point });
    await new Promise(() => {});
  };
  const worker = await startStore(readSettings(storeSettings, process.env), {
    log,
    signal,
    passing,
    publishing: passing,
    ...JSON.parse(process.env.TEST_TOPICS ?? '{}'),
  });
  report({ event: 'joined' });
  await worker.stopped;
});
