import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { describeServers, type Servers } from './servers/choose-servers.ts';

const NAMED_MAX = 30;

/**
 * Prints first which servers the tests use, and at the very end what failed at first and what was skipped and why, so
 * that no suite is lost unnoticed. The end is when the process ends, because Vitest prints its own summary after it has
 * called every reporter.
 */
export function runReport(servers: Servers): Reporter {
  let report: string | null = null;
  return {
    onInit: () => {
      console.log(describeServers(servers, process.env));
      process.once('exit', () => report !== null && console.log(report));
    },
    onTestRunEnd: (modules) => {
      const flaky = describeFlaky(modules.flatMap(flakyTests));
      report = [...(flaky === null ? [] : [flaky]), describeSkips(modules.flatMap(skippedTests))].join('\n');
    },
  };
}

export type SkippedTest = { name: string; reason: string };

/** The skipped tests one by one, then one line with how many and why. */
export function describeSkips(skipped: SkippedTest[]): string {
  if (skipped.length === 0) return 'Skipped: nothing.';
  const lines = skipped.slice(0, NAMED_MAX).map(({ name }) => `  ${name}`);
  if (skipped.length > NAMED_MAX) lines.push(`  and ${skipped.length - NAMED_MAX} more`);
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = Array.from(counts, ([reason, count]) => `${reason} (${count})`).join('; ');
  return [
    'Not run:',
    ...lines,
    `Skipped: ${skipped.length} test${skipped.length === 1 ? '' : 's'}: ${reasons}`,
  ].join('\n');
}

export type FlakyTest = { name: string; message: string };

/**
 * What passed only when CI repeated it: such a test or the code under it has a fault, although the run passed. Null when there
 * is none.
 */
export function describeFlaky(flaky: FlakyTest[]): string | null {
  if (flaky.length === 0) return null;
  const lines = flaky.flatMap(({ name, message }) => [
    `  ${name}`,
    ...message.split('\n').map((line) => `    ${line}`),
  ]);
  return ['Failed at first, and passed when tried again. Find out why:', ...lines].join('\n');
}

function flakyTests(module: TestModule): FlakyTest[] {
  const tests = Array.from(module.children.allTests('passed')).filter((test) => test.diagnostic()?.flaky);
  return tests.map((test) => ({
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    message: test.result().errors?.[0]?.message ?? 'no message',
  }));
}

function skippedTests(module: TestModule): SkippedTest[] {
  return Array.from(module.children.allTests('skipped'), (test) => ({
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    reason: reasonOf(test),
  }));
}

/**
 * The reason that the test gave when it skipped itself; tests skipped by `skipIf` give it in the name of their group or
 * file.
 */
function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || `no reason given by ${test.module.relativeModuleId}`;
}
