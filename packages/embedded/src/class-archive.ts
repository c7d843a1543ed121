import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import { brokerArguments, formatOnce, writeBrokerFiles } from './broker-folder.ts';
import { brokerEnvironment } from './child-environment.ts';
import type { Java } from './find-java.ts';
import { freePort } from './free-port.ts';
import { readyCluster } from './ready-cluster.ts';

/** A recording run takes 6 s, and longer on a busy machine. */
const RECORDING_SECONDS_MAX = 120;

/**
 * JVM arguments with which a broker loads its classes from an archive (Java's "class data sharing"): a start takes a third less CPU.
 * The archive is made once per Java version, beside the jars, by a broker that runs for a moment. If that fails, the broker starts
 * without an archive.
 */
export async function classArchiveOptions(
  java: Java,
  cache: string,
  { makesArchive = true, signal }: { makesArchive?: boolean | undefined; signal?: AbortSignal | undefined },
): Promise<string[]> {
  const name = `classes-${java.version}.jsa`;
  const archive = join(cache, 'libs', name);
  if (!existsSync(archive) && makesArchive) await recordClasses(java, cache, archive, signal);
  const usable = (statSync(archive, { throwIfNoEntry: false })?.size ?? 0) > 0;
  return usable ? [`-XX:SharedArchiveFile=${join('libs', name)}`] : [];
}

async function recordClasses(
  java: Java,
  cache: string,
  archive: string,
  stop: AbortSignal | undefined,
): Promise<void> {
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(cache, 'recording-'));
    const signal = AbortSignal.any([
      ...(stop ? [stop] : []),
      AbortSignal.timeout(RECORDING_SECONDS_MAX * 1000),
    ]);
    await recordIn(directory, java, cache, signal);
    renameSync(join(directory, 'classes.jsa'), archive);
  } catch {
    // The empty file keeps the next start from trying again. It does not matter here if the cache cannot be written.
    if (!stop?.aborted && directory !== undefined) writeFileSync(archive, '');
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
  stop?.throwIfAborted();
}

async function recordIn(directory: string, java: Java, cache: string, signal: AbortSignal): Promise<void> {
  const port = await freePort();
  const controllerPort = await freePort();
  formatOnce(directory, cache);
  writeBrokerFiles(directory, cache, { port, controllerPort, login: undefined, settings: {} });
  const broker = spawnWatched(
    java.command,
    ['-XX:ArchiveClassesAtExit=classes.jsa', ...brokerArguments()],
    directory,
  );
  const ended = once(broker, 'close', { signal });
  try {
    while ((await readyCluster(port, undefined)) === null) {
      signal.throwIfAborted();
      if (broker.exitCode !== null) throw new Error('The broker ended');
      await wait(100);
    }
    await useOnce(`127.0.0.1:${port}`);
  } finally {
    broker.stdin?.end();
    await ended;
  }
}

/** Starts a process that ends when its standard input closes, so it also ends when we are killed. */
function spawnWatched(command: string, args: string[], directory: string): ChildProcess {
  const script = '"$0" "$@" </dev/null & java=$!; read -r line; kill "$java"; wait "$java"';
  return spawn('sh', ['-c', script, command, ...args], {
    cwd: directory,
    env: brokerEnvironment(process.env),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** Creates topics and writes and reads a record, so that the archive includes the classes for that. */
async function useOnce(broker: string): Promise<void> {
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: broker });
  const kafka = createKafka(settings, { clientId: 'velolog-supervisor' });
  await ensureTopics(kafka, settings);
  const producer = createProducer(kafka);
  await producer.connect();
  await producer.send({ topic: POLLS_TOPIC, messages: [{ key: 'a', value: 'a' }] });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: 'recording' });
  await consumer.connect();
  await consumer.subscribe({ topic: POLLS_TOPIC, fromBeginning: true });
  const read = Promise.withResolvers<void>();
  await consumer.run({ eachMessage: async () => read.resolve() });
  await read.promise;
  await consumer.disconnect();
}
