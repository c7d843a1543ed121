import { availableParallelism, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { runReport } from './test/run-report.ts';
import { chooseServers } from './test/servers/choose-servers.ts';
import { folderInMemory } from './test/servers/folder-in-memory.ts';
import { SlowestFirst } from './test/slowest-first.ts';

const servers = await chooseServers(process.env);
// test/servers/servers.ts runs in the same process and reads it from there.
process.env.VELOLOG_TEST_SERVERS = servers;
// Every server and home of the tests makes its folder in os.tmpdir().
process.env.TMPDIR = folderInMemory(process.env) ?? process.env.TMPDIR ?? tmpdir();
// A week of the demo's past takes seconds that no test needs; the test of it asks for it.
process.env.DEMO_PAST_DAYS ??= '0';

// As in packages/cli/bin/velolog.js, for the workers and commands that tests start: each needs half the CPU to start.
process.env.NODE_COMPILE_CACHE ||= join(
  process.env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'),
  'compiled',
);

const NOT_OURS = [
  '**/node_modules/**',
  '**/.velolog/**',
  // `npm run test:lake` runs these: their servers are a gigabyte and take half a minute to start.
  ...(process.env.TEST_LAKE ? [] : ['test/lake/**']),
  // `npm run test:world` runs it: it fills a database with the whole catalogue, and prints what it measures.
  ...(process.env.WORLD_SCALE ? [] : ['test/world/**']),
  // `npm run test:rates` runs it: half a minute of CPU.
  ...(process.env.TEST_RATES ? [] : ['test/quality-rates.test.ts']),
];

// `npm run test:long`: programs that are killed, cut off, told to stop and started again wait for each other's time limits most of the time;
// a night of simulated fleets takes half a minute of CPU, a forecast of six weeks of Oslo a quarter of one.
const LONG = [
  'test/systems/*.test.ts',
  'test/vehicle-truth.test.ts',
  'test/changes/*.test.ts',
  'test/faults/{workers,kills,cut-log,batches}.test.ts',
  'test/ingest-group/*.test.ts',
  'packages/cli/src/commands/{forget,forecast-evaluate-oslo}.test.ts',
  'packages/embedded/src/embedded-kafka.test.ts',
  'packages/store/src/{rolling-upgrade,worker}.test.ts',
  'packages/store/src/intake/{bad-records,consume,letters/denied-dead-letters,moved-partition,topic-made-anew}.test.ts',
  'packages/stream/src/kafka/{client,unreadable-batch}.test.ts',
];

// Files that do more in `npm run test:long`: more of the recorded history, more moments of it (test/is-long-run.ts).
const LONGER = ['test/{corpus,gbfs-out,gbfs-round-trip}.test.ts'];

// Files that change what belongs to the whole process (environment, clock, signals), or are whole programs: each in a process of its own.
const ALONE = [
  'packages/{embedded,worker}/**/*.test.ts',
  'packages/cli/src/supervisor/pipeline-servers.test.ts',
  'packages/cli/src/systems/new-entry.test.ts',
  'packages/cli/src/systems/catalogue/catalogue-cache.test.ts',
  'packages/ingest/src/schedule/politeness.test.ts',
  'packages/store/src/watch/progress.test.ts',
  'packages/stream/src/kafka/run-always.test.ts',
  'packages/live/page/state/keep-names.test.ts',
  'packages/live/src/database/share-answers.test.ts',
  'test/{demo,odd-sessions,timezones}.test.ts',
  'test/{forecast-calibration,page,servers}/*.test.ts',
];

const IN_ALL = {
  // Room for what lives only for a moment: with V8's own few megabytes a tenth of the time went to collecting it.
  execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=64'],
  // A test waits for what it waits for; these only end one that hangs, also on a machine busy with other work.
  testTimeout: 300_000,
  hookTimeout: 600_000,
  teardownTimeout: 120_000,
  expect: { poll: { timeout: 240_000 } },
};

export default defineConfig({
  test: {
    globalSetup: ['test/servers/servers.ts'],
    // Most files wait for servers about as long as they compute. Vitest's default, a core less than there are, would run them one by one on 2 cores.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    sequence: { sequencer: SlowestFirst },
    // A developer sees each failure; CI, on machines that stall, tries once more, and run-report.ts names what needed it.
    retry: process.env.CI ? 1 : 0,
    reporters: [runReport(servers), 'default'],
    projects: [
      {
        test: {
          name: 'long',
          include: [...LONG, ...LONGER],
          env: { LONG_RUN: '1' },
          exclude: NOT_OURS,
          ...IN_ALL,
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          exclude: [...NOT_OURS, ...LONG],
          ...IN_ALL,
        },
      },
      {
        test: {
          // Loading Zod, Slonik and kafkajs anew takes a second of CPU for each file.
          name: 'together',
          isolate: false,
          include: ['{packages,sql,grafana,prometheus,test}/**/*.test.ts'],
          exclude: [...NOT_OURS, ...LONG, ...ALONE],
          ...IN_ALL,
        },
      },
    ],
  },
});
