/**
 * What our programs rely on in a session. A server, a database or a role may say otherwise (`alter database … set datestyle`), and so
 * may PGOPTIONS: each connection asks for these itself, which wins over all of them.
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

/** Names with their schema are all that the store writes; whatever else stands in its path could only change their meaning. */
export const OWNER_PATH = { search_path: 'pg_catalog' };
/** Of everybody who reads the views. */
export const READER_PATH = { search_path: 'api' };

/**
 * The URL of a database for a client of node-postgres or slonik, with what every session of ours relies on, and `settings`, which win.
 * Options that the URL already has are kept, except where ours say otherwise.
 */
export function sessionUrl(databaseUrl: string, settings: Record<string, string>): string {
  // The one variable of libpq that neither client can be told to ignore: a session for replication takes no parameters.
  delete process.env.PGREPLICATION;
  const url = new URL(databaseUrl);
  const options = Object.entries({ ...SESSION_SETTINGS, ...settings }).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`,
  );
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [...(given ? [given] : []), ...options].join(' '));
  return url.href;
}
