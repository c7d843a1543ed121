import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { createOperatorMetrics } from '@velolog/ingest/schedule/operator-metrics';
import { createLakeMetrics } from '@velolog/lake/metrics';
import { createLiveMetrics } from '@velolog/live/metrics';
import { createHealthApp } from '@velolog/metrics/health-app';
import { createRegistry } from '@velolog/metrics/registry';
import { createStoreMetrics } from '@velolog/store/metrics';
import { Registry } from 'prom-client';
import { describe, expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';

type Rule = {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};
type RuleTest = {
  rule_files: string[];
  group_eval_order?: string[];
  tests: { alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[];
};

const here = fileURLToPath(new URL('.', import.meta.url));
const ruleFiles = globSync('rules/*.yml', { cwd: here }).sort();
const testFiles = globSync('tests/*.yml', { cwd: here }).sort();
const groupsOf = (file: string) => (read(file) as { groups: { name: string; rules: Rule[] }[] }).groups;
const groups = ruleFiles.flatMap(groupsOf);
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const ruleTests = testFiles.map((file) => ({ file, content: read(file) as RuleTest }));
const operations = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

function read(file: string): unknown {
  // promtool reads anchors and merges, as the parser does here.
  return parse(readFileSync(`${here}${file}`, 'utf8'), { merge: true });
}

/** Runs one of Prometheus' own programs in this folder, or skips the test where it is not installed. */
function run(context: TestContext, program: 'promtool' | 'amtool', args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd: here, encoding: 'utf8' });
  const debian = program === 'promtool' ? 'prometheus' : 'prometheus-alertmanager';
  context.skip(error !== undefined, `${program} is not installed (Debian: apt-get install ${debian})`);
  const output = `${stdout}${stderr}`;
  expect(status, output).toBe(0);
  return output;
}

describe('Prometheus itself', () => {
  test('finds no fault in the rules', (context) => {
    run(context, 'promtool', ['check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles]);
  });

  test('takes the configuration', (context) => {
    run(context, 'promtool', ['check', 'config', 'prometheus.yml']);
  });

  test('Alertmanager takes its configuration', (context) => {
    run(context, 'amtool', ['check-config', 'alertmanager.yml']);
  });

  test.for(testFiles)('fires as %s says, and only then', (file, context) => {
    run(context, 'promtool', ['test', 'rules', file]);
  });
});

test.for(ruleTests)(
  '$file fixes the order of the groups it reads, which would change from run to run',
  ({ content }) => {
    const read = content.rule_files.flatMap((file) => groupsOf(file.replace('../', '')));
    expect(content.group_eval_order).toEqual(read.map(({ name }) => name));
  },
);

describe.for(alerts)('the alert $alert', ({ alert = '', labels = {}, annotations = {} }) => {
  test('says how bad it is, what is wrong, and where to read on', () => {
    expect(['critical', 'warning', 'none']).toContain(labels.severity);
    expect(['feed', 'pipeline', 'worker', 'alerting']).toContain(labels.subject);
    expect(annotations.summary).toMatch(/^\S.*[^.]$/);
    expect(annotations.description).toMatch(/\.$/);
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });

  test('has its section in the runbook, with what it means, where to look and what to do', () => {
    const [, section = ''] = operations.split(new RegExp(`^### ${alert}$`, 'm'));
    const [text = ''] = section.split(/^##/m);
    for (const part of ['**Means.**', '**Look.**', '**Do.**']) expect(text).toContain(part);
  });

  test('is tested silent, firing with labels and text, and silent again', () => {
    const checks = ruleTests
      .flatMap(({ content }) => content.tests)
      .map(({ alert_rule_test = [] }) =>
        alert_rule_test
          .filter(({ alertname }) => alertname === alert)
          .map(({ exp_alerts = [] }) => (exp_alerts.length > 0 ? 'firing' : 'silent')),
      );
    // The one that always fires has nothing to recover from.
    const wanted = alert === 'Watchdog' ? /firing/ : /silent firing.* silent/;
    expect(checks.map((sequence) => sequence.join(' '))).toContainEqual(expect.stringMatching(wanted));
  });
});

describe('the rules', () => {
  const recorded = new Set(rules.map(({ record }) => record));

  test('name only metrics that the workers have, with labels that these have', async () => {
    const labelsOf = await exportedMetrics();
    for (const { name, labels } of rules.flatMap(({ expr }) => selectorsOf(expr))) {
      if (name.includes(':')) {
        expect(recorded).toContain(name);
        continue;
      }
      expect([...labelsOf.keys()]).toContain(name);
      for (const label of labels) {
        expect(['job', 'instance', ...(labelsOf.get(name) ?? [])], `${label} of ${name}`).toContain(label);
      }
    }
  });

  test('record nothing that no rule uses', () => {
    const used = new Set(rules.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name)));
    expect([...recorded].filter((name) => name !== undefined && !used.has(name))).toEqual([]);
  });
});

test('docs/operations.md tells of each metric of ours, and of no other', async () => {
  const exported = [...(await exportedMetrics()).keys()].filter((name) => /^(gbfs|velolog)_/.test(name));
  const rows = operations.match(/^\| `(?:gbfs|velolog)_.*$/gm)?.join('\n') ?? '';
  const documented = Array.from(rows.matchAll(/`((?:gbfs|velolog)_\w+)/g), ([, name]) => name);
  expect(documented.sort()).toEqual(exported.sort());
});

/** Names of metrics with their labels, from the registries of all workers. `up` is Prometheus' own. */
async function exportedMetrics(): Promise<Map<string, string[]>> {
  const ingest = createRegistry('ingest');
  createIngestMetrics(ingest);
  createOperatorMetrics(ingest);
  createHealthApp(ingest, { live: [], ready: [], startup: [] }, () => undefined);
  const store = new Registry();
  createStoreMetrics(store);
  const live = new Registry();
  createLiveMetrics(live);
  const lake = new Registry();
  createLakeMetrics(lake);
  const all = [
    ...ingest.getMetricsAsArray(),
    ...store.getMetricsAsArray(),
    ...live.getMetricsAsArray(),
    ...lake.getMetricsAsArray(),
  ];
  return new Map([
    ['up', []],
    ...all.map((metric): [string, string[]] => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
      return [name, labelNames];
    }),
  ]);
}

/** The metrics of an expression, each with the labels it is selected by. */
function selectorsOf(expr: string): { name: string; labels: string[] }[] {
  const NAME = /\b((?:gbfs|velolog|process|nodejs|system|system_feed|topic)[_:][\w:]+|up)\b(?:\{([^}]*)\})?/g;
  const withoutText = (text: string) => text.replaceAll(/"[^"]*"/g, '""');
  return Array.from(withoutText(expr).matchAll(NAME), ([, name = '', matchers = '']) => ({
    name,
    labels: Array.from(matchers.matchAll(/(\w+)\s*[!=]/g), ([, label = '']) => label),
  }));
}
