import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@velolog/worker/user-error';
import { type DuckDBConnection, openDuckDb, quoteText } from '../duckdb-session.ts';
import type { CatalogueSettings } from './catalogue-settings.ts';
import { describeLakeError } from './describe-lake-error.ts';

/** The schema of the catalogue that holds our tables. */
export const NAMESPACE = 'velolog';
/** DuckDB's name for the catalogue. */
export const CATALOGUE = 'catalogue';

/** Each comes after those it needs. */
const EXTENSIONS = ['avro', 'httpfs', 'iceberg'];

/** A DuckDB with the catalogue attached. @throws UserError when there is no catalogue, or it refuses access */
export async function openCatalogue(
  settings: CatalogueSettings,
  options: Parameters<typeof openDuckDb>[0] = {},
): Promise<{ connection: DuckDBConnection } & Disposable> {
  const duckdb = await openDuckDb(options);
  try {
    await loadExtensions(duckdb.connection, settings.LAKE_DUCKDB_EXTENSIONS);
    await attach(duckdb.connection, settings);
    return duckdb;
  } catch (error) {
    duckdb[Symbol.dispose]();
    throw describeLakeError(error, settings);
  }
}

async function loadExtensions(connection: DuckDBConnection, folder: string | undefined): Promise<void> {
  for (const name of EXTENSIONS) {
    if (folder === undefined) {
      await connection.run(`install ${name}`).catch((cause: Error) => {
        throw new UserError(
          `DuckDB's extension ${name} could not be fetched: ${firstLine(cause)}. Without the internet, set LAKE_DUCKDB_EXTENSIONS to a folder with ${EXTENSIONS.map((one) => `${one}.duckdb_extension`).join(', ')} (docs/lake.md)`,
          { cause },
        );
      });
      await connection.run(`load ${name}`);
      continue;
    }
    const path = join(folder, `${name}.duckdb_extension`);
    if (!existsSync(path)) throw new UserError(`LAKE_DUCKDB_EXTENSIONS: there is no ${path}`);
    await connection.run(`load ${quoteText(path)}`).catch((cause: Error) => {
      throw new UserError(`LAKE_DUCKDB_EXTENSIONS: ${path} cannot be used: ${firstLine(cause)}`, { cause });
    });
  }
}

async function attach(connection: DuckDBConnection, settings: CatalogueSettings): Promise<void> {
  const { LAKE_CATALOG_URI, LAKE_CATALOG_TOKEN, LAKE_S3_ENDPOINT, LAKE_S3_ACCESS_KEY_ID } = settings;
  if (LAKE_S3_ACCESS_KEY_ID !== undefined) await connection.run(s3Secret(settings));
  // A warehouse that is attached by its full S3 address would be read-only.
  const warehouse = settings.LAKE_WAREHOUSE.split('/').at(-1) || settings.LAKE_WAREHOUSE;
  const access = [
    `endpoint ${quoteText(LAKE_CATALOG_URI)}`,
    ...(LAKE_CATALOG_TOKEN === undefined
      ? [`authorization_type 'none'`]
      : [`token ${quoteText(LAKE_CATALOG_TOKEN)}`]),
    // Without our own keys the catalogue must supply some.
    ...(LAKE_S3_ACCESS_KEY_ID !== undefined || LAKE_S3_ENDPOINT !== undefined
      ? [`access_delegation_mode 'none'`]
      : []),
  ];
  await connection.run(`attach ${quoteText(warehouse)} as ${CATALOGUE} (type iceberg, ${access.join(', ')})`);
  await connection.run(`create schema if not exists ${CATALOGUE}.${NAMESPACE}`);
}

function s3Secret(settings: CatalogueSettings): string {
  const { LAKE_S3_ENDPOINT, LAKE_S3_ACCESS_KEY_ID, LAKE_S3_SECRET_ACCESS_KEY } = settings;
  const endpoint = LAKE_S3_ENDPOINT === undefined ? null : new URL(LAKE_S3_ENDPOINT);
  return `create secret (type s3, key_id ${quoteText(LAKE_S3_ACCESS_KEY_ID ?? '')}, secret ${quoteText(LAKE_S3_SECRET_ACCESS_KEY ?? '')},
    region ${quoteText(settings.LAKE_S3_REGION)}, url_style ${settings.LAKE_S3_PATH_STYLE === 'true' ? `'path'` : `'vhost'`}
    ${endpoint === null ? '' : `, endpoint ${quoteText(endpoint.host)}, use_ssl ${endpoint.protocol === 'https:'}`})`;
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? '';
}
