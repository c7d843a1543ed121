import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { LINES_MAX } from '../src/panels/chart.ts';
import { expandPromql } from './expand-query.ts';
import { isProm, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** A question of a panel, as Prometheus gets it for so many seconds. @param titled its title, and ` #B` for its second question */
function exprOf(file: string, titled: string, { rangeSeconds, system }: Screen): string {
  const [, title = '', refId = 'A'] = /^(.*?)(?: #([A-Z]))?$/.exec(titled) ?? [];
  const dashboard = readDashboards().find((one) => one.file === file)?.dashboard;
  const panel = dashboard && panelsOf(dashboard).find((one) => one.title === title);
  const expr = panel && targetsOf(panel).filter(isProm)[refId.charCodeAt(0) - 65]?.expr;
  if (!expr) throw new Error(`No panel "${titled}" in ${file}`);
  return expandPromql(expr, {
    from: new Date(0),
    to: new Date(rangeSeconds * 1000),
    intervalMs: 15_000,
    variables: { system },
  });
}

/** How much time is on screen, and which systems are chosen. */
type Screen = { rangeSeconds: number; system: string[] };

export type Sample = { labels: string; value: number };

/** The questions of a chart that gives each of its first lines a colour, and so a question: what the first, the second, … has. */
export function lines(title: string, ...samples: Sample[]): Record<string, Sample[]> {
  return Object.fromEntries(
    Array.from({ length: LINES_MAX }, (_, number) => [
      `${title} #${String.fromCharCode(65 + number)}`,
      samples.slice(number, number + 1),
    ]),
  );
}

/**
 * Prometheus adds series up in any order, so the last digit of a sum differs from run to run, and promtool 2
 * compares all digits. A power of two, because a division by it is exact.
 */
const STEP = 2 ** -20;

/** Asks promtool what the questions give after half an hour. @param series as promtool writes them, by default a value a minute */
export function expectAfterHalfAnHour(
  series: Record<string, string>,
  wanted: Record<string, Sample[]>,
  file = 'pipeline.json',
  interval = '1m',
  { evalTime = '30m', rangeSeconds = 3600, system = ['city'] }: Partial<Screen & { evalTime: string }> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-promtool-'));
  try {
    const path = join(folder, 'tests.yml');
    const promql_expr_test = Object.entries(wanted).map(([title, exp_samples]) => ({
      expr: `round(${exprOf(file, title, { rangeSeconds, system })}, ${STEP})`,
      eval_time: evalTime,
      exp_samples: exp_samples.map(({ labels, value }) => ({
        labels,
        value: Math.round(value / STEP) * STEP,
      })),
    }));
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    writeFileSync(path, stringify({ tests: [{ interval, input_series, promql_expr_test }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
    expect(`${status}${status === 0 ? '' : `${stdout}${stderr}`}`).toBe('0');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
