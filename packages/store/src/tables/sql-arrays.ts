/**
 * Columns of a batch as PostgreSQL array literals, to go with `unnest(${column}::int4[], …)`.
 * A text parameter costs the worker a fifth of what slonik's own `sql.unnest` does per row (measured: 5 % of a core
 * against 20 % at the same rate), and the statement stays the same for any number of rows.
 */
export function numberArray(values: Iterable<number | null>): string {
  let literal = '{';
  let separator = '';
  for (const value of values) {
    literal += value === null ? `${separator}NULL` : separator + value;
    separator = ',';
  }
  return `${literal}}`;
}

/** Counts: -1 is not known. */
export function countArray(values: Iterable<number>): string {
  let literal = '{';
  let separator = '';
  for (const value of values) {
    literal += value === -1 ? `${separator}NULL` : separator + value;
    separator = ',';
  }
  return `${literal}}`;
}

/** Everything is quoted, so that no text can be taken for an element border or for NULL. */
export function textArray(values: Iterable<string | null>): string {
  let literal = '{';
  let separator = '';
  for (const value of values) {
    literal += separator + (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
    separator = ',';
  }
  return `${literal}}`;
}
