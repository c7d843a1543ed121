import { type FaultKind, planFaults } from './fault-plan.ts';
import { FaultyPipeline } from './faulty-pipeline.ts';
import type { WhatFaultsLeft } from './what-faults-left.ts';

export type FaultRunOptions = {
  seed: number;
  faults: number;
  /** Called with one line per fault. */
  log?: (line: string) => void;
};

export type FaultRun = WhatFaultsLeft & { tally: Map<FaultKind, number> };

/**
 * Publishes polls of stations and vehicles while two store processes, Kafka and PostgreSQL (with fsync) are killed
 * again and again, and then compares the tables with runs without faults.
 */
export async function runFaults({ seed, faults, log = () => {} }: FaultRunOptions): Promise<FaultRun> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const run = await FaultyPipeline.start(seed, faults, stops);
    const plan = planFaults(seed, faults);
    const tally = new Map<FaultKind, number>();
    for (const [index, fault] of plan.entries()) {
      const startedAt = performance.now();
      await run.commit(fault);
      tally.set(fault.kind, (tally.get(fault.kind) ?? 0) + 1);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      log(
        `${String(index + 1).padStart(4)}/${plan.length}  ${fault.kind} (${seconds} s, sessions of ${run.sessionSeconds} s)`,
      );
    }
    log('All faults done; waiting until every record is stored');
    return { tally, ...(await run.finish(log)) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
