import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { describeServers, type Servers } from './choose-servers.ts';

const NAMED_MAX = 30;

/** Says first which servers the tests use and last what was skipped and why, so that no suite dies unnoticed. */
export function runReport(servers: Servers): Reporter {
  return {
    onInit: () => console.log(describeServers(servers, process.env)),
    onTestRunEnd: (modules) => {
      const skipped = skippedTests(modules);
      if (skipped.length === 0) return console.log('Skipped: nothing.');
      console.log(`Skipped: ${skipped.length} tests.`);
      for (const line of skipped.slice(0, NAMED_MAX)) console.log(`  ${line}`);
      if (skipped.length > NAMED_MAX) console.log(`  and ${skipped.length - NAMED_MAX} more`);
    },
  };
}

function skippedTests(modules: readonly TestModule[]): string[] {
  const lines: string[] = [];
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) lines.push(describeSkipped(test));
  }
  return lines;
}

function describeSkipped(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
  return `${test.module.relativeModuleId} > ${test.fullName}${note}`;
}
