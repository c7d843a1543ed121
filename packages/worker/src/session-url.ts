/**
 * Settings that our programs rely on in every session. A server, database or role may set others (`alter database … set datestyle`), and so
 * may PGOPTIONS. Each connection sets these itself, which overrides all of them.
 */
const SESSION_SETTINGS: Record<string, string> = {
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  array_nulls: 'on',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
};

/** The store writes all names with their schema; any other schema in the path could only change what a name means. */
export const OWNER_PATH = { search_path: 'pg_catalog' };
/** For every program that reads the views. */
export const READER_PATH = { search_path: 'api' };

/**
 * Adds the settings that all our sessions rely on, and `settings`, which take precedence, to a database URL for node-postgres or slonik.
 * Keeps options that the URL already has, unless ours set the same.
 */
export function sessionUrl(databaseUrl: string, settings: Record<string, string>): string {
  // Neither client can be told to ignore this libpq variable, and a replication session accepts no parameters.
  delete process.env.PGREPLICATION;
  const url = new URL(databaseUrl);
  const options = Object.entries({ ...SESSION_SETTINGS, ...settings }).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`,
  );
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [...(given ? [given] : []), ...options].join(' '));
  return url.href;
}
