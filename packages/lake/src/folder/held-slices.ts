import type { Slice } from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import type { LakeSink } from '../lake-sink.ts';
import type { SliceWanted } from '../write-slice.ts';
import type { OpenLake } from './lake-folder.ts';

/** A slice that should be in a folder; it may already be there. */
export type Planned = SliceWanted & { system_key: number | null };

/** The lake's slice of a past month that has not changed since. */
export async function sameSlice(
  { found, has }: Pick<LakeSink, 'found' | 'has'>,
  { table, system_id, month, generation, revision, closed, window }: Planned,
  distrusted: ReadonlySet<string> = new Set(),
): Promise<Slice | null> {
  if (!closed || system_id === null) return null;
  const same = found.manifests[table.name]?.find(
    (one) =>
      one.system_id === system_id &&
      one.month === month &&
      one.generation === generation &&
      one.revision === revision &&
      one.closed &&
      one.window === window,
  );
  if (same === undefined) return null;
  if (same.file !== null && distrusted.has(same.file)) return null;
  return (await has(same)) ? same : null;
}

/** Tables that consist of one file are written together with the months, so that the whole lake has one position. */
export async function holdsAll(
  sink: LakeSink,
  slices: Planned[],
  distrusted: ReadonlySet<string> = new Set(),
): Promise<boolean> {
  const { found } = sink;
  if (distrusted.size > 0 || !sink.isWhole || Object.keys(found.manifests).length === 0) return false;
  const months = slices.filter(({ month }) => month !== null);
  const held = (found.manifests.station_status ?? []).filter(({ month }) => month !== null);
  // Somebody else added a month that is not over: the tables written here end before it.
  if (held.some(({ closed }) => !closed)) return false;
  for (const slice of months) if ((await sameSlice(sink, slice)) === null) return false;
  return true;
}

/** Rows that only the lake has: of a generation that the database no longer has. */
export function droppedSlices(found: OpenLake, table: string, slices: Planned[]): Slice[] {
  return (found.manifests[table] ?? []).filter(
    (old) =>
      old.system_id !== null &&
      slices.some(
        (now) =>
          now.table.name === table &&
          now.system_id === old.system_id &&
          now.month === old.month &&
          now.generation > old.generation,
      ),
  );
}

/** A recreated database knows less than the lake. @throws UserError because rows of the lake would be lost */
export function refuseToForget(
  found: OpenLake,
  slices: Planned[],
  { without, until }: { without: string | undefined; until: string | null },
): void {
  const lost = (found.manifests.station_status ?? []).find(
    (old) =>
      old.rows > 0 &&
      old.system_id !== without &&
      // The month is after the last day, so the database still has it.
      !(until !== null && old.month !== null && `${old.month}-01` >= until) &&
      !slices.some(
        (now) =>
          now.table.name === 'station_status' &&
          now.system_id === old.system_id &&
          now.month === old.month &&
          (now.generation > old.generation ||
            (now.generation === old.generation && now.revision >= old.revision)),
      ),
  );
  if (lost === undefined) return;
  throw new UserError(
    `${found.dir} holds history of ${lost.system_id} in ${lost.month} that this database does not have: it is the lake of another database. Choose another LAKE_DIR`,
  );
}
