import { type Tally, tally } from '../tally.ts';

/** An index entry of PostgreSQL takes 2,704 bytes; the longest id of the recorded feeds has 88 characters (mybuxi). */
export const STATION_ID_LENGTH_MAX = 255;

/** Why a row has no usable id. */
export type StationIdProblem = 'station_id_missing' | 'station_id_unusable';

/**
 * The id as text. A JSON number (Bicing, Velib) becomes its decimal text and is tallied; leading zeros of text are kept, ids are opaque.
 * Missing: absent, null, blank, or the text "null", also as the last part of a prefixed id ("emobility:null").
 * Unusable: what the database would refuse or confuse with another id.
 * @returns the id, or `undefined` when there is none; `stationIdProblem` then says why.
 */
export function readStationId(value: unknown, coerced: Tally): string | undefined {
  if (typeof value === 'string') {
    return isPlainId(value) || stationIdProblem(value) === undefined ? value : undefined;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    tally(coerced, 'station_id_number');
    return String(value);
  }
  return undefined;
}

export function stationIdProblem(value: unknown): StationIdProblem | undefined {
  if (value === undefined || value === null) return 'station_id_missing';
  if (typeof value !== 'string') return 'station_id_unusable';
  if (value.trim() === '' || /(^|:)null$/i.test(value)) return 'station_id_missing';
  // PostgreSQL has no U+0000 in text, and lone surrogates of different ids all become U+FFFD.
  if (value.length > STATION_ID_LENGTH_MAX || value.includes('\0') || !value.isWellFormed())
    return 'station_id_unusable';
  return undefined;
}

/** Printable ASCII that cannot end in "null": true for nearly every id, and cheap to see. */
function isPlainId(id: string): boolean {
  const length = id.length;
  if (length === 0 || length > STATION_ID_LENGTH_MAX) return false;
  for (let index = 0; index < length; index++) {
    const code = id.charCodeAt(index);
    if (code <= 0x20 || code > 0x7e) return false;
  }
  const last = id.charCodeAt(length - 1);
  return last !== 0x6c && last !== 0x4c;
}
