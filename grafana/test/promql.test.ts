import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { createOperatorMetrics } from '@velolog/ingest/schedule/operator-metrics';
import { createLakeMetrics } from '@velolog/lake/metrics';
import { createRegistry } from '@velolog/metrics/registry';
import { createStoreMetrics } from '@velolog/store/metrics';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { expandPromql } from './expand-query.ts';
import { isProm, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

const CHOICES: Record<string, string | string[]>[] = [
  { system: ['city'] },
  { system: ['city', "it's (new)"] },
  { system: [] },
];

const exprs = readDashboards().flatMap(({ file, dashboard }) =>
  panelsOf(dashboard).flatMap((panel) =>
    targetsOf(panel)
      .filter(isProm)
      .map(({ expr, legendFormat }) => ({ file, title: panel.title ?? '', expr, legendFormat, panel })),
  ),
);

const expanded = (expr: string) =>
  CHOICES.map((variables) =>
    expandPromql(expr, {
      from: new Date('2026-06-15T08:00:00Z'),
      to: new Date('2026-06-15T09:00:00Z'),
      intervalMs: 30_000,
      variables,
    }),
  );

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test('Prometheus can read every question, whatever is chosen', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'velolog-promql-'));
  try {
    const rules = exprs
      .flatMap(({ expr }) => expanded(expr))
      .map((expr, index) => ({ record: `panel:${index}`, expr }));
    const file = join(folder, 'panels.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    expect(`${stderr}${status === 0 ? '' : stdout}`).toBe('');
    expect(stdout).toContain(`${rules.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Names of all series that the workers' metrics can have. */
async function namesOfWorkers(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const create of [createIngestMetrics, createOperatorMetrics, createStoreMetrics, createLakeMetrics]) {
    const registry = createRegistry('test');
    create(registry);
    for (const { name, type } of await registry.getMetricsAsJSON()) {
      names.add(name);
      if (`${type}` === 'histogram') names.add(`${name}_bucket`);
    }
  }
  return names;
}

test('every metric that is asked for is one that a worker has', async () => {
  const names = await namesOfWorkers();
  const asked = exprs.flatMap(({ title, expr }) =>
    Array.from(expr.matchAll(/\b(?:gbfs|velolog|process|nodejs)_\w+/g), ([name]) => ({ title, name })),
  );
  expect(asked.length).toBeGreaterThan(exprs.length / 2);
  for (const { title, name } of asked) expect(names, title).toContain(name);
});

test.each(exprs)(
  '"$title" of $file: legends and colours name labels and lines of "$expr"',
  ({ expr, legendFormat, panel }) => {
    for (const [, label = ''] of legendFormat?.matchAll(/\{\{(\w+)\}\}/g) ?? []) {
      expect(expr).toMatch(new RegExp(`(by|group_left) \\([^)]*\\b${label}\\b|"${label}"`));
    }
    const legends = targetsOf(panel)
      .filter(isProm)
      .map((target) => target.legendFormat ?? '');
    const named = (panel.fieldConfig?.overrides ?? []).filter(({ matcher }) => matcher.id === 'byName');
    for (const { matcher } of named) {
      // The columns of a table are labels, or values that it gives a name.
      if (panel.type === 'table') {
        const at = valueColumns(panel).indexOf(matcher.options);
        if (at >= 0) expect(at).toBeLessThan(targetsOf(panel).length);
        if (at >= 0) continue;
        expect(expr).toMatch(
          new RegExp(`by \\([^)]*\\b${matcher.options}\\b|label_\\w+\\(.*"${matcher.options}"`),
        );
        continue;
      }
      const isLine =
        legends.includes(matcher.options) ||
        legends.some((legend) => legend === `{{${OF_VALUE[matcher.options]}}}`);
      expect(isLine, `a line "${matcher.options}"`).toBe(true);
    }
  },
);

/** The names that a table gives the values of its queries, in their order. */
function valueColumns({ transformations = [] }: Panel): string[] {
  const organize = transformations.find(({ id }) => id === 'organize')?.options as
    | { renameByName?: Record<string, string> }
    | undefined;
  return Object.entries(organize?.renameByName ?? {})
    .filter(([name]) => /^Value #[A-Z]$/.test(name))
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([, name]) => name);
}

/** The label whose values panels give colours to. */
const OF_VALUE: Record<string, string> = {
  fetched: 'outcome',
  unchanged: 'outcome',
  failed: 'outcome',
  none: 'reason',
  stored: 'result',
  skipped: 'result',
  forgotten: 'result',
  undecodable: 'result',
  unreadable: 'result',
  stale: 'result',
  older_body: 'result',
  unconfirmed: 'result',
  refused_by_database: 'result',
};
