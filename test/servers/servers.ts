import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startDockerKafka, startDockerPostgres } from './docker-servers.ts';
import { startTestKafka, startTestPostgres } from './embedded-servers.ts';
import { createTestFolder, stopLeftovers } from './test-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** PostgreSQL for tests, as the superuser, database `postgres`. */
    databaseUrl: string;
    /** Kafka for tests: `host:port`, several separated by commas. */
    brokers: string;
    /** Part of the names of what this run creates on servers that others may also use. */
    testRun: string;
  }
}

type Stop = () => Promise<void>;

/**
 * Vitest's globalSetup: one PostgreSQL and one Kafka for the whole run. TEST_DATABASE_URL and TEST_KAFKA_BROKERS take
 * precedence; otherwise VELOLOG_TEST_SERVERS (set by vitest.config.ts) says embedded or docker. Servers that no file of
 * this run needs are not started.
 */
export default async function startServers(project: TestProject): Promise<Stop> {
  const needs = whatIsNeeded(await testFiles(project));
  const { env } = process;
  const docker = env.VELOLOG_TEST_SERVERS === 'docker';
  const stops: Stop[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  const embedded = !docker && (needs.database || needs.brokers);
  if (embedded) await stopLeftovers();
  const folder = embedded ? createTestFolder(stops) : '';

  const database = async () => {
    const given = env.TEST_DATABASE_URL;
    if (!needs.database) return 'postgres://not-started.invalid/none-of-these-files-injects-databaseUrl';
    return given || (docker ? startDockerPostgres(stops) : startTestPostgres(folder, stops));
  };
  const brokers = async () => {
    const given = env.TEST_KAFKA_BROKERS;
    if (!needs.brokers) return 'not-started.invalid:9092';
    return given || (docker ? startDockerKafka(stops) : startTestKafka(folder, stops));
  };
  const page = async () => {
    // Bundled once, before several live workers start at the same time and each finds no page.
    if (needs.page) await bundlePage();
  };
  const [databaseUrl, brokerList, bundled] = await Promise.allSettled([database(), brokers(), page()]);
  if (
    databaseUrl.status === 'rejected' ||
    brokerList.status === 'rejected' ||
    bundled.status === 'rejected'
  ) {
    await stopAll();
    throw [databaseUrl, brokerList, bundled].find((result) => result.status === 'rejected')?.reason;
  }
  project.provide('databaseUrl', databaseUrl.value);
  project.provide('brokers', brokerList.value);
  const testRun = randomBytes(4).toString('hex');
  project.provide('testRun', testRun);
  if (needs.database && env.TEST_DATABASE_URL) {
    stops.push(() => dropTemplate(databaseUrl.value, testRun));
  }
  return stopAll;
}

/** Runs in a separate process, because Vitest's module runner has no import.meta.resolve. */
async function bundlePage(): Promise<void> {
  const script = `import('@velolog/live/ensure-page').then(({ ensurePage }) => ensurePage())`;
  await promisify(execFile)(process.execPath, ['-e', script]);
}

async function testFiles(project: TestProject): Promise<string[]> {
  const { vitest } = project;
  // Not part of Vitest's typed API. Without it all files count, which only starts more servers than needed.
  const { filenamePattern } = vitest as { filenamePattern?: string[] };
  return (await vitest.globTestSpecifications(filenamePattern)).map((file) => file.moduleId);
}

/** Reads the test files, and what they import from nearby, to find which servers they inject. */
function whatIsNeeded(files: string[]): { database: boolean; brokers: boolean; page: boolean } {
  const needs = { database: false, brokers: false, page: false };
  const seen = new Set<string>();
  const queue = [...files];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    if (/inject\(\s*['"]databaseUrl/.test(text)) needs.database = true;
    if (/inject\(\s*['"]brokers/.test(text)) needs.brokers = true;
    if (/['"]@velolog\/live\/worker['"]|bin\/velolog\.js/.test(text)) needs.page = true;
    for (const [, path] of text.matchAll(/from ['"](\.{1,2}\/[^'"]+\.ts)['"]/g)) {
      queue.push(resolve(dirname(file), path ?? ''));
    }
  }
  return needs;
}

/** Drops the template of test-database.ts, which would otherwise stay on a server that is not our own. */
async function dropTemplate(databaseUrl: string, testRun: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`drop database if exists velolog_template_${testRun}`);
  await client.end();
}
