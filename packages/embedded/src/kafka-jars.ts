import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { UserError } from '@velolog/worker/user-error';
import { brokerEnvironment } from './child-environment.ts';
import { makeFolder } from './disk/make-folder.ts';
import { needsOwnRepository } from './disk/maven-repository.ts';
import { findJava, findMaven, type Java, waysOut } from './find-java.ts';

export const KAFKA_VERSION = '4.3.1';
/** Folder with the broker settings, the log settings and the pom. */
export const KAFKA_FOLDER = fileURLToPath(new URL('../kafka', import.meta.url));

export type FetchProgress = {
  /** Called before the first download, if one is needed. */
  started(): void;
  /** Called for each downloaded file. */
  file(name: string, bytes: number): void;
  done(): void;
};

/** Folder for the jars and the files made from them, shared by all homes of this user. */
function kafkaCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'), `kafka-${KAFKA_VERSION}`);
}

/** Fetches Kafka with Maven unless it is in the cache. The cache folder appears under its name only when complete. @returns its path */
export async function ensureKafkaJars(
  java: Java,
  options: { progress?: FetchProgress; signal?: AbortSignal } = {},
): Promise<string> {
  const cache = kafkaCache();
  const pom = readPom();
  if (isComplete(cache, pom)) return cache;
  const maven = findMaven();
  const partial = `${cache}.partial-${process.pid}`;
  makeCacheFolder(partial);
  options.progress?.started();
  try {
    await copyDependencies(maven, join(partial, 'libs'), options);
    await makeBootstrap(java, partial, options.signal);
    writeFileSync(join(partial, 'pom.xml'), pom);
    // Another process may have finished first; its copy is just as good.
    if (!isComplete(cache, pom)) {
      rmSync(cache, { recursive: true, force: true });
      renameSync(partial, cache);
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  options.progress?.done();
  return cache;
}

/** @throws UserError that names the setting for another folder */
function makeCacheFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
    makeFolder(path);
  } catch (cause) {
    throw new UserError(
      `Cannot make the folder for the downloaded Kafka: ${(cause as Error).message}. Set VELOLOG_CACHE to a folder that you may write to`,
      { cause },
    );
  }
}

/** Throws early, before anything is started, what ensureKafkaJars would throw later: no Java, or no Maven where it is needed. */
export function checkKafkaTools(env: NodeJS.ProcessEnv = process.env): void {
  findJava(env);
  if (!isComplete(kafkaCache(env), readPom())) findMaven(env);
}

function readPom(): string {
  return readFileSync(join(KAFKA_FOLDER, 'pom.xml'), 'utf8');
}

function isComplete(cache: string, pom: string): boolean {
  return existsSync(join(cache, 'pom.xml')) && readFileSync(join(cache, 'pom.xml'), 'utf8') === pom;
}

async function copyDependencies(
  maven: string,
  libs: string,
  { progress, signal }: { progress?: FetchProgress; signal?: AbortSignal },
): Promise<void> {
  // Not --quiet, because the names of the fetched files show the progress.
  const args = ['-B', '-f', join(KAFKA_FOLDER, 'pom.xml'), 'dependency:copy-dependencies'];
  args.push(`-DoutputDirectory=${libs}`, '-DincludeScope=runtime', '-Dmdep.prependGroupId=false');
  const ownRepository = `${libs}.m2`;
  if (needsOwnRepository()) args.push(`-Dmaven.repo.local=${ownRepository}`);
  const errors: string[] = [];
  // Keep MAVEN_OPTS, which may name the proxy that Maven needs. C.UTF-8 gives English messages and works with any folder name.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const failed = await run(maven, args, { env, signal }, (coloured) => {
    const line = stripVTControlCharacters(coloured);
    const came = /Downloaded from \S+: (\S+) \(([\d.]+) (B|kB|MB)/.exec(line);
    if (came) progress?.file(came[1]?.split('/').at(-1) ?? '', Number(came[2]) * unitBytes(came[3]));
    if (/^\[ERROR\] \S/.test(line)) errors.push(line.slice(8));
  });
  rmSync(ownRepository, { recursive: true, force: true });
  if (failed) throw new UserError(waysOut(`Maven could not download it (${errors[0] ?? failed})`));
}

/**
 * `kafka-storage format` would start a JVM (0.6 s) for two files. One of them, with the features that a new cluster starts with, is the
 * same for every cluster, so it is made once, here. The other has a few lines, which formatOnce writes.
 */
async function makeBootstrap(java: Java, cache: string, signal: AbortSignal | undefined): Promise<void> {
  const folder = join(cache, 'format');
  mkdirSync(folder);
  const lines = [readFileSync(join(KAFKA_FOLDER, 'server.properties'), 'utf8'), 'log.dirs=format/data'];
  lines.push('listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093');
  lines.push('listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT');
  lines.push('controller.quorum.voters=1@127.0.0.1:9093');
  writeFileSync(join(folder, 'server.properties'), lines.join('\n'));
  copyFileSync(join(KAFKA_FOLDER, 'log4j2.properties'), join(cache, 'log4j2.properties'));
  const output: string[] = [];
  const args = [
    ...javaArguments('format/format.log'),
    'kafka.tools.StorageTool',
    ...['format', '-t', 'AAAAAAAAAAAAAAAAAAAAAA', '-c', 'format/server.properties'],
  ];
  const options = { cwd: cache, env: brokerEnvironment(process.env), signal };
  const failed = await run(java.command, args, options, (line) => output.push(line));
  if (failed) throw new Error(`Kafka's storage tool failed (${failed}): ${output.slice(-3).join(' / ')}`);
  renameSync(join(folder, 'data', 'bootstrap.checkpoint'), join(cache, 'bootstrap.checkpoint'));
  rmSync(folder, { recursive: true });
}

/**
 * Arguments of every JVM that we start: a small heap, few internal threads, and a quick start rather than top speed. The JVM runs in a
 * folder with `libs` and `log4j2.properties`.
 */
export function javaArguments(logFile: string): string[] {
  return [
    '-Xms64m',
    '-Xmx160m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-Djava.awt.headless=true',
    '-Dlog4j2.configurationFile=log4j2.properties',
    `-Dvelolog.kafka.log=${logFile}`,
    '-cp',
    join('libs', '*'),
  ];
}

/** Returns null when the command succeeded, else how it ended. stdout and stderr arrive line by line. */
async function run(
  command: string,
  args: string[],
  { signal, ...options }: { cwd?: string; env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
  onLine: (line: string) => void,
): Promise<string | null> {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const ended = Promise.withResolvers<string | null>();
  child.once('error', ended.reject);
  child.once('close', (code, killer) => ended.resolve(code === 0 ? null : `exit ${code ?? killer}`));
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  return ended.promise;
}

function unitBytes(unit: string | undefined): number {
  return unit === 'MB' ? 1e6 : unit === 'kB' ? 1e3 : 1;
}
