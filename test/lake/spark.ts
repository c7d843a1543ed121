import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CatalogueSettings } from '@velolog/lake/iceberg/catalogue-settings';
import { sparkStatements } from '@velolog/lake/views/spark-views';
import { fetchSpark } from './fetch-servers.ts';

type Row = Record<string, unknown>;

/**
 * Runs each query on the views of a catalogue in one Spark session on this machine. Times are returned as ISO 8601 in UTC.
 */
export async function readSpark(
  settings: CatalogueSettings,
  queries: Record<string, string>,
): Promise<Record<string, Row[]>> {
  const spark = fetchSpark();
  const folder = mkdtempSync(join(tmpdir(), 'velolog-spark-'));
  try {
    const statements = [
      ...sparkStatements(),
      ...Object.entries(queries).map(
        ([name, query]) => `insert overwrite local directory '${join(folder, name)}' using json
          options (ignoreNullFields = 'false', timestampFormat = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX") ${query}`,
      ),
    ];
    const file = join(folder, 'questions.sql');
    writeFileSync(file, statements.map((statement) => `${statement};\n`).join(''));
    await promisify(execFile)(
      join(spark.home, 'bin', 'spark-sql'),
      [...optionsOf(settings, spark.jars, folder), '-f', file],
      {
        cwd: folder,
        env: { ...process.env, SPARK_HOME: spark.home, AWS_REGION: settings.LAKE_S3_REGION },
        maxBuffer: 1e9,
      },
    );
    return Object.fromEntries(Object.keys(queries).map((name) => [name, readJson(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function optionsOf(settings: CatalogueSettings, jars: string[], folder: string): string[] {
  const options = {
    'spark.sql.catalogImplementation': 'in-memory',
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
    'spark.sql.catalog.lake.type': 'rest',
    'spark.sql.catalog.lake.uri': settings.LAKE_CATALOG_URI,
    'spark.sql.catalog.lake.warehouse': settings.LAKE_WAREHOUSE,
    'spark.sql.catalog.lake.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    'spark.sql.catalog.lake.s3.endpoint': settings.LAKE_S3_ENDPOINT,
    'spark.sql.catalog.lake.s3.path-style-access': settings.LAKE_S3_PATH_STYLE,
    'spark.sql.catalog.lake.s3.access-key-id': settings.LAKE_S3_ACCESS_KEY_ID,
    'spark.sql.catalog.lake.s3.secret-access-key': settings.LAKE_S3_SECRET_ACCESS_KEY,
    'spark.sql.shuffle.partitions': '2',
    'spark.ui.enabled': 'false',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.local.dir': folder,
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
  };
  return [
    ...['--master', 'local[2]', '--driver-memory', '1500m', '--jars', jars.join(',')],
    ...Object.entries(options).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
  ];
}

function readJson(folder: string): Row[] {
  return globSync('part-*.json', { cwd: folder }).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) =>
        Object.fromEntries(
          Object.entries(JSON.parse(line) as Row).map(([column, value]) => [column, plain(value)]),
        ),
      ),
  );
}

/** As in PostgreSQL's JSON: without trailing zeros in a fraction. */
function plain(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}Z$/.test(value)) return value;
  return value.replace(/\.0+Z$/, 'Z').replace(/(\.\d*?)0+Z$/, '$1Z');
}
