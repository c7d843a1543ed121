import type { IdField } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

/** An index entry of PostgreSQL holds at most 2,704 bytes; the longest id in the recorded feeds has 88 characters (mybuxi). */
export const ID_LENGTH_MAX = 255;

/** Why a row has no usable id. */
export type IdProblem = `${IdField}_missing` | `${IdField}_unusable`;

/**
 * Reads an id as text. A JSON number (Bicing, Velib, Spin) becomes its decimal text and is tallied. Leading zeros of text stay: ids are opaque.
 * An id is missing when it is absent, null, blank or the text "null", also as the last part of a prefixed id ("emobility:null").
 * An id is unusable when the database would refuse it or confuse it with another id.
 * @returns the id, or `undefined` when there is none; then `idProblem` says why.
 */
export function readId(value: unknown, field: IdField, coerced: Tally): string | undefined {
  if (typeof value === 'string') {
    return isPlainId(value) || idProblem(value, field) === undefined ? value : undefined;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    tally(coerced, `${field}_number`);
    return String(value);
  }
  return undefined;
}

export function idProblem(value: unknown, field: IdField): IdProblem | undefined {
  if (value === undefined || value === null) return `${field}_missing`;
  if (typeof value !== 'string') return `${field}_unusable`;
  if (value.trim() === '' || /(^|:)null$/i.test(value)) return `${field}_missing`;
  // PostgreSQL has no U+0000 in text, and lone surrogates of different ids all become U+FFFD.
  if (value.length > ID_LENGTH_MAX || value.includes('\0') || !value.isWellFormed())
    return `${field}_unusable`;
  return undefined;
}

/** Reads an id that a row may lack, such as the station of a vehicle. A missing id is null; an unusable one is null and tallied. */
export function readOptionalId(value: unknown, field: IdField, coerced: Tally): string | null {
  if (value === undefined || value === null || value === '') return null;
  const id = readId(value, field, coerced);
  if (id !== undefined) return id;
  if (idProblem(value, field) === `${field}_unusable`) tally(coerced, `${field}_unusable`);
  return null;
}

/** Reads the ids that a row refers to, each once and without unusable ones. Null when the row gives none. */
export function readIdList(value: unknown, field: IdField, coerced: Tally): string[] | null {
  if (value === undefined || value === null) return null;
  const ids = (Array.isArray(value) ? value : [value]).map((id) => readOptionalId(id, field, coerced));
  return [...new Set(ids.filter((id) => id !== null))];
}

/** A cheap check that nearly every id passes: printable ASCII that cannot end in "null". */
function isPlainId(id: string): boolean {
  const length = id.length;
  if (length === 0 || length > ID_LENGTH_MAX) return false;
  for (let index = 0; index < length; index++) {
    const code = id.charCodeAt(index);
    if (code <= 0x20 || code > 0x7e) return false;
  }
  const last = id.charCodeAt(length - 1);
  return last !== 0x6c && last !== 0x4c;
}
