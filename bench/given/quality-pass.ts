import { openDatabase } from '@velolog/store/tables/database';
import {
  checkQualityOnce,
  PAUSE_PER_WORK,
  PAUSE_SECONDS_MIN,
} from '@velolog/store/upkeep/quality/check-quality';
import type { Measure } from '../instruments/measure.ts';

const CORE_MAX = 0.05;

/** The share of a core that the store's quality checks take at their usual pace: the middle of three passes. The first pass has to open the issues. */
export async function measureQualityPass(databaseUrl: string): Promise<Measure> {
  const pool = await openDatabase(databaseUrl, { connectionsMax: 1, statementTimeoutMs: 120_000 });
  const passesMs: number[] = [];
  for (let pass = 0; pass < 3; pass += 1) {
    const start = performance.now();
    await checkQualityOnce(pool, new Date());
    passesMs.push(performance.now() - start);
  }
  await pool.end();
  const middleMs = passesMs.toSorted((a, b) => a - b)[1] as number;
  const core = middleMs / (middleMs + Math.max(PAUSE_SECONDS_MIN * 1000, PAUSE_PER_WORK * middleMs));
  return {
    what: 'quality checks: a pass, and of a core at their pace',
    measured: `${middleMs.toFixed(0)} ms, ${core.toFixed(3)}`,
    bar: `at most ${CORE_MAX} of a core`,
    met: core <= CORE_MAX,
  };
}
