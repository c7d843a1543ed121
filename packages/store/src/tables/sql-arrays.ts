/**
 * Columns of a batch as PostgreSQL array literals, for use with `unnest(${column}::int4[], …)`. Per row, a text
 * parameter costs the worker a fifth of what slonik's own `sql.unnest` costs (measured: 5 % of a core against 20 % at
 * the same rate), and the statement stays the same for any number of rows.
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

/** For counts, where -1 means unknown. */
export function countArray(values: Iterable<number>): string {
  let literal = '{';
  let separator = '';
  for (const value of values) {
    literal += value === -1 ? `${separator}NULL` : separator + value;
    separator = ',';
  }
  return `${literal}}`;
}

/** Everything is quoted, so that no text can be mistaken for an element border or NULL. */
export function textArray(values: Iterable<string | null>): string {
  let literal = '{';
  let separator = '';
  for (const value of values) {
    literal += separator + (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
    separator = ',';
  }
  return `${literal}}`;
}
