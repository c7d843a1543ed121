import { withClient } from '../test/servers/with-client.ts';

/** What migrations and views have made of a database, as the catalogue of PostgreSQL tells it: the text of sql/schema.sql. */
export async function readSchemaText(url: string): Promise<string> {
  return await withClient(url, async (client) => {
    const columns = await client.query<{ relation: string; kind: string; columns: string }>(`
      select format('%s.%s', nspname, relname) as relation, relkind as kind,
        string_agg(format('  %s %s%s', attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' else '' end), E',\\n' order by attnum) as columns
      from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
      join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
      where nspname in ('velolog', 'api') and relkind in ('r', 'p', 'v') and not relispartition
      group by nspname, relname, relkind order by nspname, relname`);
    const indexes = await client.query<{ definition: string }>(`
      select pg_get_indexdef(indexrelid) as definition from pg_index
      join pg_class on pg_class.oid = indrelid join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'velolog' and not relispartition order by 1`);
    const constraints = await client.query<{ relation: string; definition: string }>(`
      select format('%s.%s', nspname, relname) as relation, pg_get_constraintdef(pg_constraint.oid) as definition
      from pg_constraint join pg_class on pg_class.oid = conrelid join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'velolog' and not relispartition and contype <> 'n' order by 1, 2`);
    const functions = await client.query<{ name: string }>(`
      select format('%s.%s(%s) returns %s', nspname, proname, pg_get_function_arguments(pg_proc.oid), pg_get_function_result(pg_proc.oid)) as name
      from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
      where nspname in ('velolog', 'api') order by 1`);
    return [
      '-- Made by scripts/dump-schema.ts from sql/migrations and sql/views. Not run by anything; never edited.\n',
      ...columns.rows.map(
        ({ relation, kind, columns }) => `${kind === 'v' ? 'view' : 'table'} ${relation} (\n${columns}\n)\n`,
      ),
      `${constraints.rows.map(({ relation, definition }) => `constraint on ${relation}: ${definition}`).join('\n')}\n`,
      `${indexes.rows.map(({ definition }) => definition).join('\n')}\n`,
      `${functions.rows.map(({ name }) => `function ${name}`).join('\n')}\n`,
    ].join('\n');
  });
}
