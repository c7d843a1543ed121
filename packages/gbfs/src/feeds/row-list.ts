import type { IdField, RepairCode, SkipCode, UndecodableReason } from '../codes.ts';
import { type Decoded, UndecodableBody } from '../decoded.ts';
import { type Envelope, readEnvelope } from '../envelope.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { idProblem, readId } from '../values/id.ts';

/** The largest list in the recorded feeds has 14,221 rows. A longer list is refused as a whole: after a part of it, the other rows would look gone. */
export const ROWS_MAX = 100_000;

/** How a feed lists its rows. */
export type RowList<Field extends IdField, Row extends Record<Field, string>> = {
  /** The names that the list has had under `data`. */
  names: readonly string[];
  /** The reason for refusing a body without such a list. */
  missing: UndecodableReason;
  id: Field;
  /** Reads the id when it is not under the name `id`. */
  idOf?: (entry: JsonObject) => unknown;
  /** Returns the row, or the reason to skip it. */
  readRow: (entry: JsonObject, id: string, envelope: Envelope) => Row | SkipCode;
};

/**
 * Decodes a feed that lists rows with ids. A bad row is skipped and tallied; it never invalidates the feed. When an id is listed twice, the last row counts.
 * @throws UndecodableBody `not_a_feed`, `too_many_rows` or the list's own reason. An empty list is valid.
 */
export function decodeRows<Field extends IdField, Row extends Record<Field, string>>(
  document: unknown,
  list: RowList<Field, Row>,
): Decoded<Row> {
  const { content, envelope } = readEnvelope(document);
  const { id: field, idOf, readRow } = list;
  const { skipped, coerced } = envelope;
  const rows: Row[] = [];
  const ids = new Set<string>();
  for (const listed of findList(content, list.names, list.missing)) {
    let entry = isJsonObject(listed) ? listed : undefined;
    let value = entry && (idOf === undefined ? entry[field] : idOf(entry));
    if (entry !== undefined && value === undefined) {
      entry = unwrap(entry, field, coerced);
      value = idOf === undefined ? entry[field] : idOf(entry);
    }
    const id = entry && readId(value, field, coerced);
    if (entry === undefined || id === undefined) {
      tally(
        skipped,
        entry === undefined ? 'not_an_object' : (idProblem(value, field) ?? `${field}_unusable`),
      );
      continue;
    }
    const row = readRow(entry, id, envelope);
    if (typeof row === 'string') {
      tally(skipped, row);
      continue;
    }
    ids.add(id);
    rows.push(row);
  }
  return { rows: ids.size === rows.length ? rows : keepLast(rows, field, skipped), ...envelope };
}

/** Returns the list under one of its names. If a feed in transition has both, returns the one that is not empty. */
export function findList(
  content: JsonObject,
  names: readonly string[],
  missing: UndecodableReason,
): unknown[] {
  const lists = names.map((name) => content[name]).filter(Array.isArray);
  const list = lists.find(({ length }) => length > 0) ?? lists[0];
  if (list === undefined) {
    throw new UndecodableBody(missing, `Cannot decode body: it has no list "${names.join('" or "')}"`);
  }
  if (list.length > ROWS_MAX) {
    throw new UndecodableBody(
      'too_many_rows',
      `Cannot decode body: it lists ${list.length} rows, more than ${ROWS_MAX}`,
    );
  }
  return list;
}

/**
 * Repairs a row that has no id under its name: one publisher wrapped each station as {data, headers, status}
 * (wielebenwir/commonsbooking#2249), another writes all fields in camelCase (VeoRide Providence).
 */
function unwrap(entry: JsonObject, field: IdField, coerced: Tally): JsonObject {
  if (isJsonObject(entry.data)) {
    tally(coerced, `${field.slice(0, -'_id'.length)}_unwrapped` as RepairCode);
    return entry.data;
  }
  if (!Object.keys(entry).some((name) => /[a-z]Id$/.test(name))) return entry;
  tally(coerced, 'fields_camel_case');
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      value,
    ]),
  );
}

function keepLast<Field extends IdField, Row extends Record<Field, string>>(
  rows: Row[],
  field: Field,
  skipped: Tally,
): Row[] {
  const lastById = new Map(rows.map((row) => [row[field] as string, row]));
  tally(skipped, 'duplicate', rows.length - lastById.size);
  return [...lastById.values()];
}
