import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { runReport } from './test/run-report.ts';
import { chooseServers } from './test/servers/choose-servers.ts';

const servers = await chooseServers(process.env);
// test/servers/servers.ts runs in the same process and reads it from there.
process.env.VELOLOG_TEST_SERVERS = servers;
// A week of the demo's past takes seconds that no test needs; the test of it asks for it.
process.env.DEMO_PAST_DAYS ??= '0';

// As in packages/cli/bin/velolog.js, for the workers and commands that tests start: each needs half the CPU to start.
process.env.NODE_COMPILE_CACHE ||= join(
  process.env.VELOLOG_CACHE || join(homedir(), '.cache', 'velolog'),
  'compiled',
);

export default defineConfig({
  test: {
    include: ['{packages,sql,grafana,prometheus,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.velolog/**'],
    globalSetup: ['test/servers/servers.ts'],
    // Most files wait for servers about as long as they compute. Vitest's default, a core less than there are, would run them one by one on 2 cores.
    // Turborepo tests up to five packages side by side.
    maxWorkers: process.env.TURBO_HASH ? 2 : Math.max(3, availableParallelism() - 1),
    // A test waits for what it waits for; these only end one that hangs, also on a machine busy with other work.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
    reporters: [runReport(servers), 'default'],
  },
});
