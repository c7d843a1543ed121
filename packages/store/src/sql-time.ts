import { type FragmentSqlToken, sql } from 'slonik';

/** A time in epoch milliseconds as a timestamptz. */
export function timeOf(ms: number | null): FragmentSqlToken {
  return sql.fragment`('epoch'::timestamptz + ${ms}::int8 * interval '1 ms')`;
}
