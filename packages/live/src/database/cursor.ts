import { ID_LENGTH_MAX } from '@velolog/gbfs/values/id';
import { badParameter } from '../api/api-problem.ts';

/**
 * A position in the history of one system: everything up to a time, or within that time up to a station, has been sent.
 * As text `1781524830000` (all of that time) or `1781524830000.377`.
 *
 * Why a time is enough: all records of a system are in one partition of Kafka, so one worker at a time commits them, in
 * order, and a live record that is not newer than the newest of its system is refused. So when the rows of a poll are
 * visible, those of every earlier poll of the system are visible too, whatever other workers commit in between, and no
 * row with an earlier time can follow. The one exception is imported history, which goes before the first observation:
 * a client that follows the present does not see it, and a client that pages through the past during the import may
 * miss it.
 */
export type Cursor = {
  atMs: number;
  /** Null when all stations of that time have been sent. */
  stationId: string | null;
};

export const START: Cursor = { atMs: 0, stationId: null };

export function cursorText({ atMs, stationId }: Cursor): string {
  return stationId === null ? `${atMs}` : `${atMs}.${stationId}`;
}

/** @param at RFC 3339, null when nothing has been observed yet */
export function cursorAt(at: string | null): string {
  return at === null ? '0' : `${Date.parse(at)}`;
}

const TEXT = /^(\d{1,14})(?:\.([^\0]+))?$/s;

/** @throws ApiProblem naming the parameter with the cursor */
export function readCursor(text: string, parameter: string): Cursor {
  const match = TEXT.exec(text);
  if (match === null || (match[2]?.length ?? 0) > ID_LENGTH_MAX) {
    throw badParameter(
      parameter,
      'is not a cursor; take one from an answer (`cursor`, `next`) or an event id',
    );
  }
  return { atMs: Number(match[1]), stationId: match[2] ?? null };
}
