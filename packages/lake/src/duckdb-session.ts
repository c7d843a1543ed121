import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type { DuckDBConnection };

/** An in-memory DuckDB, with times in UTC. */
export async function openDuckDb(
  options: { threads?: number; memoryMaxMb?: number; temporaryFolder?: string } = {},
): Promise<{ connection: DuckDBConnection } & Disposable> {
  const instance = await DuckDBInstance.create(':memory:', {
    // Otherwise it would download extensions that are not built in.
    autoinstall_known_extensions: 'false',
    ...(options.threads !== undefined && { threads: String(options.threads) }),
    ...(options.memoryMaxMb !== undefined && { memory_limit: `${options.memoryMaxMb}MB` }),
    ...(options.temporaryFolder !== undefined && { temp_directory: options.temporaryFolder }),
  });
  const connection = await instance.connect();
  await connection.run(`set TimeZone = 'UTC'`);
  return {
    connection,
    [Symbol.dispose]: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path for read_parquet and read_csv, which treat `*`, `?` and `[` as patterns. */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[*?[\]]/g, '[$&]'));
}
