import { createWriteStream, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '@velolog/embedded/free-port';
import {
  killGroup,
  type ProcessId,
  processId,
  spawnGroup,
  stopProcess,
} from '@velolog/embedded/process-group';
import type { CatalogueSettings } from '@velolog/lake/iceberg/catalogue-settings';
import { fetchLakePrograms, type LakePrograms } from './fetch-servers.ts';
import { readTrino } from './trino.ts';

const KEY = 'velolog';
const SECRET = 'velologsecret';
const BUCKET = 'lake';

export type LakeServers = {
  settings: CatalogueSettings;
  trinoUrl: string;
  /** Ends a Trino worker with SIGKILL. */
  killTrinoWorker(): void;
  /** Removes the bucket of the tables from the object store until the returned function is called. */
  hideBucket(): () => void;
  stop(): Promise<void>;
};

type Parts = {
  folder: string;
  programs: LakePrograms;
  processes: Map<string, ProcessId>;
  databaseUrl: string;
};

/** An object store, an Iceberg REST catalogue, and Trino with a coordinator and two workers, on loopback. */
export async function startLakeServers(databaseUrl: string, { trino = true } = {}): Promise<LakeServers> {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-lake-servers-'));
  const parts: Parts = { folder, programs: fetchLakePrograms(), processes: new Map(), databaseUrl };
  const stop = async () => {
    await Promise.all([...parts.processes.values()].map((id) => stopProcess(id, 'SIGKILL', 5)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const storeUrl = await startObjectStore(parts);
    const catalogueUrl = await startCatalogue(parts, storeUrl);
    const trinoUrl = trino ? await startTrino(parts, { storeUrl, catalogueUrl }) : '';
    const settings: CatalogueSettings = {
      LAKE_CATALOG_URI: catalogueUrl,
      LAKE_WAREHOUSE: `s3://${BUCKET}/wh`,
      LAKE_S3_ENDPOINT: storeUrl,
      LAKE_S3_REGION: 'us-east-1',
      LAKE_S3_PATH_STYLE: 'true',
      LAKE_S3_ACCESS_KEY_ID: KEY,
      LAKE_S3_SECRET_ACCESS_KEY: SECRET,
      LAKE_DUCKDB_EXTENSIONS: parts.programs.extensions,
    };
    const killTrinoWorker = () => killGroup(parts.processes.get('worker-1') as ProcessId);
    const hideBucket = () => {
      const bucket = join(folder, 'objects', BUCKET);
      renameSync(bucket, join(folder, 'hidden'));
      return () => renameSync(join(folder, 'hidden'), bucket);
    };
    return { settings, trinoUrl, killTrinoWorker, hideBucket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startObjectStore(parts: Parts): Promise<string> {
  const port = await freePort();
  const root = join(parts.folder, 'objects');
  for (const made of [join(root, BUCKET), join(parts.folder, 'meta')]) mkdirSync(made, { recursive: true });
  const args = ['--port', `127.0.0.1:${port}`, '--region', 'us-east-1', 'posix'];
  const env = { ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: SECRET };
  start(
    parts,
    'object-store',
    parts.programs.objectStore,
    [...args, '--sidecar', join(parts.folder, 'meta'), root],
    env,
  );
  return answers(`http://127.0.0.1:${port}`, '/');
}

async function startCatalogue(parts: Parts, storeUrl: string): Promise<string> {
  const port = await freePort();
  const database = new URL(parts.databaseUrl);
  const env = {
    CATALOG_CATALOG__IMPL: 'org.apache.iceberg.jdbc.JdbcCatalog',
    CATALOG_URI: jdbcUrl(database),
    CATALOG_JDBC_USER: decodeURIComponent(database.username),
    CATALOG_JDBC_PASSWORD: decodeURIComponent(database.password),
    CATALOG_JDBC_SCHEMA__VERSION: 'V1',
    CATALOG_WAREHOUSE: `s3://${BUCKET}/wh`,
    CATALOG_IO__IMPL: 'org.apache.iceberg.aws.s3.S3FileIO',
    CATALOG_S3_ENDPOINT: storeUrl,
    CATALOG_S3_PATH__STYLE__ACCESS: 'true',
    CATALOG_S3_ACCESS__KEY__ID: KEY,
    CATALOG_S3_SECRET__ACCESS__KEY: SECRET,
    AWS_REGION: 'us-east-1',
    CATALOG_CLIENT_REGION: 'us-east-1',
    CATALOG_REST_PORT: `${port}`,
  };
  const args = [
    '-Xmx384m',
    '-cp',
    join(parts.programs.catalogueJars, '*'),
    'org.apache.iceberg.rest.RESTCatalogServer',
  ];
  start(parts, 'catalogue', parts.programs.java, args, env);
  return answers(`http://127.0.0.1:${port}`, '/v1/config');
}

async function startTrino(parts: Parts, urls: { storeUrl: string; catalogueUrl: string }): Promise<string> {
  const coordinator = await freePort();
  for (const name of ['coordinator', 'worker-1', 'worker-2']) {
    const port = name === 'coordinator' ? coordinator : await freePort();
    startTrinoNode(parts, urls, { name, port, coordinator });
  }
  const url = `http://127.0.0.1:${coordinator}`;
  await until(`${url} to be started`, async () => {
    const answer = await fetch(`${url}/v1/info`);
    return ((await answer.json()) as { starting: boolean }).starting === false;
  });
  await until('the workers of Trino', async () => {
    const [row] = await readTrino(
      url,
      `select count(*) as n from system.runtime.nodes where state = 'active'`,
    );
    return row?.n === 3;
  });
  return url;
}

const COORDINATOR_SETTINGS = [
  'node-scheduler.include-coordinator=false',
  // A busy machine must not count as gone.
  'scheduler.http-client.request-timeout=2m',
  'query.remote-task.max-error-duration=10m',
];

function startTrinoNode(
  parts: Parts,
  { storeUrl, catalogueUrl }: { storeUrl: string; catalogueUrl: string },
  { name, port, coordinator }: { name: string; port: number; coordinator: number },
): void {
  const { folder, programs, databaseUrl } = parts;
  const etc = join(folder, name, 'etc');
  const data = join(folder, name, 'data');
  for (const made of [join(etc, 'catalog'), data]) mkdirSync(made, { recursive: true });
  const isCoordinator = name === 'coordinator';
  writeLines(join(etc, 'config.properties'), [
    `coordinator=${isCoordinator}`,
    ...(isCoordinator ? COORDINATOR_SETTINGS : []),
    `http-server.http.port=${port}`,
    `discovery.uri=http://127.0.0.1:${coordinator}`,
    'node.internal-address=127.0.0.1',
    'query.max-memory-per-node=300MB',
    'task.concurrency=2',
  ]);
  const database = new URL(databaseUrl);
  writeLines(join(etc, 'catalog', 'hot.properties'), [
    'connector.name=postgresql',
    `connection-url=${jdbcUrl(database)}`,
    `connection-user=${decodeURIComponent(database.username)}`,
    `connection-password=${decodeURIComponent(database.password)}`,
  ]);
  writeLines(join(etc, 'catalog', 'lake.properties'), [
    'connector.name=iceberg',
    'iceberg.catalog.type=rest',
    `iceberg.rest-catalog.uri=${catalogueUrl}`,
    `iceberg.rest-catalog.warehouse=s3://${BUCKET}/wh`,
    'fs.native-s3.enabled=true',
    `s3.endpoint=${storeUrl}`,
    's3.region=us-east-1',
    's3.path-style-access=true',
    `s3.aws-access-key=${KEY}`,
    `s3.aws-secret-key=${SECRET}`,
  ]);
  writeLines(join(etc, 'log.properties'), ['io.trino=WARN']);
  const args = [
    // It runs for only some minutes, so better compilation costs more than it gains, and three JVMs share this machine's
    // cores.
    ...['-Xmx1000M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...['-Djdk.attach.allowAttachSelf=true', '-Dfile.encoding=UTF-8'],
    ...['--add-modules=jdk.incubator.vector', `-Dlog.levels-file=${join(etc, 'log.properties')}`],
    ...[`-Dconfig=${join(etc, 'config.properties')}`, '-Dnode.environment=lake', `-Dnode.id=${name}`],
    ...[`-Dnode.data-dir=${data}`, `-Dplugin.dir=${join(programs.trino, 'plugin')}`],
    ...[`-Dcatalog.config-dir=${join(etc, 'catalog')}`, '-cp', join(programs.trino, 'lib', '*')],
    'io.trino.server.TrinoServer',
  ];
  start(parts, name, programs.trinoJava, args, {}, data);
}

function start(
  { folder, processes }: Parts,
  name: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string = folder,
): void {
  const child = spawnGroup(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(folder, `${name}.log`));
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const id = child.pid === undefined ? null : processId(child.pid);
  if (id === null) throw new Error(`${name} did not start: ${command}`);
  processes.set(name, id);
}

async function answers(url: string, path: string): Promise<string> {
  await until(`${url} to answer`, async () => (await fetch(url + path)).status > 0);
  return url;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 600_000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await wait(200);
  }
}

function jdbcUrl({ host, pathname }: URL): string {
  return `jdbc:postgresql://${host}${pathname}`;
}

function writeLines(path: string, lines: string[]): void {
  writeFileSync(path, `${lines.join('\n')}\n`);
}
