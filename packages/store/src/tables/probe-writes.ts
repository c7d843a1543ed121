import { randomUUID } from 'node:crypto';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { type DatabasePool, sql } from 'slonik';
import { applyPoll } from '../memory/apply-poll.ts';
import { noWrites } from '../memory/pending-writes.ts';
import { newSystem } from '../memory/system-state.ts';
import { type MonthPartitions, makeMonthsOf } from './month-partitions.ts';
import { writeCoverage } from './write-coverage.ts';
import { writeIdentities } from './write-identities.ts';
import { writeStatus } from './write-status.ts';

class RolledBack extends Error {}

/** Shorter than any statement may take: a database that needs this long for one row has a problem. */
const TIMEOUT_MS = 3_000;

/**
 * Whether the database stores a poll of one station at normal speed: runs the same statements on an invented system and
 * rolls them back at the end. This distinguishes a record that takes too long from a slow database.
 */
export async function storesProbe(context: {
  pool: DatabasePool;
  months: MonthPartitions;
}): Promise<boolean> {
  try {
    await makeMonthsOf(context.pool, context.months, 'station_status', [Date.now()]);
    await storeProbe(context.pool);
  } catch (error) {
    return error instanceof RolledBack;
  }
  return true;
}

async function storeProbe(pool: DatabasePool): Promise<void> {
  const at = Date.now();
  const system = newSystem(`velolog-probe-${randomUUID()}`);
  const writes = noWrites();
  const decoded = decodeStationStatus({
    data: { stations: [{ station_id: 'probe', num_bikes_available: 1 }] },
  });
  writes.systems.add(system);
  await applyPoll(
    system,
    {
      poll: {
        system_id: system.system_id,
        feed: 'station_status',
        fetched_at: new Date(at),
        source: '',
        outcome: 'fetched',
        http_status: 200,
        etag: null,
        duration_ms: null,
        error: null,
        content_type: null,
        imported: false,
        body_id: null,
        body: Buffer.alloc(0),
      },
      id: system.system_id,
      at,
      content: { feed: 'station_status', decoded },
      reason: null,
    },
    writes,
    () => Promise.reject(new TypeError('A new system has no history')),
  );
  await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`set local statement_timeout = ${sql.literalValue(`${TIMEOUT_MS}ms`)}`);
    await writeIdentities(transaction, writes);
    await writeStatus(transaction, writes);
    await writeCoverage(transaction, writes);
    throw new RolledBack();
  });
}
