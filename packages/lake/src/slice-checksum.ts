import { lakeTable } from './lake-tables.ts';

/** Rows and checksum of a relation with the columns of station_status, in DuckDB. Equal to velolog.month_checksum() in sql/migrations. */
export function checksumSql(relation: string): string {
  return `select ${ROWS_AND_CHECKSUM} from ${relation}`;
}

/** The same for each group of rows, as aggregates. */
export const ROWS_AND_CHECKSUM = rowsAndChecksum();

function rowsAndChecksum(): string {
  const values = lakeTable('station_status').columns.map(({ name, type, nulls }) => {
    const text = type === 'TIMESTAMPTZ' ? `epoch_us(${name})::varchar` : `${name}::varchar`;
    return nulls === undefined ? text : `coalesce(${text}, '~')`;
  });
  return `count(*)::bigint as rows,
    coalesce(sum(('0x' || left(md5(concat_ws('|', ${values.join(', ')})), 15))::bigint), 0)::varchar as checksum`;
}
