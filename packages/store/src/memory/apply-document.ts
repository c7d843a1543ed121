import { createHash } from 'node:crypto';
import type { FeedKey } from '@velolog/gbfs/feeds';
import type { PendingWrites } from './pending-writes.ts';
import type { FeedState, LaneState } from './system-state.ts';

/** Keeps a new version of a document if its content differs from the one before. */
export function applyDocument(
  feed: FeedState,
  state: LaneState,
  document: { key: FeedKey; rows: readonly unknown[] },
  at: number,
  writes: PendingWrites,
): void {
  const text = JSON.stringify(normalised(document));
  const hash = createHash('sha256').update(text).digest('base64url');
  if (state.document?.hash === hash) return;
  if (state.document !== null) {
    state.document.valid_to = at;
    writes.documents.add(state.document);
    state.values_changed_at = at;
  }
  state.document = { feed, hash, valid_from: at, valid_to: null, text };
  writes.documents.add(state.document);
}

/** Servers list rows in changing orders. For zones the order matters: where two overlap, the earlier one applies. */
function normalised({ key, rows }: { key: FeedKey; rows: readonly unknown[] }): readonly unknown[] {
  const id = ID_OF[key];
  if (id === undefined) return rows;
  const idOf = (row: unknown) => String((row as Record<string, unknown>)[id]);
  return [...rows].sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
}

const ID_OF: Partial<Record<FeedKey, string>> = {
  vehicle_types: 'vehicle_type_id',
  system_regions: 'region_id',
  system_alerts: 'alert_id',
  system_pricing_plans: 'plan_id',
};
