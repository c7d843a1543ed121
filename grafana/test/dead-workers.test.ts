import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { expandPromql } from './expand-query.ts';
import { isProm, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

/** What panels of Prometheus say when workers are dead, by promtool: unknown is never good. */

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** A question of a panel, as Prometheus gets it for the last hour. */
function exprOf(file: string, title: string): string {
  const dashboard = readDashboards().find((one) => one.file === file)?.dashboard;
  const panel = dashboard && panelsOf(dashboard).find((one) => one.title === title);
  const expr = panel && targetsOf(panel).find(isProm)?.expr;
  if (!expr) throw new Error(`No panel "${title}" in ${file}`);
  return expandPromql(expr, {
    from: new Date(0),
    to: new Date(3_600_000),
    intervalMs: 15_000,
    variables: { system: ['city'] },
  });
}

type Sample = { labels: string; value: number };

/** Asks promtool what the questions give after half an hour. @param series as promtool writes them, a value a minute */
function expectAfterHalfAnHour(
  series: Record<string, string>,
  wanted: Record<string, Sample[]>,
  file = 'pipeline.json',
) {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-dead-'));
  try {
    const path = join(folder, 'tests.yml');
    const promql_expr_test = Object.entries(wanted).map(([title, exp_samples]) => ({
      expr: exprOf(file, title),
      eval_time: '30m',
      exp_samples,
    }));
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    writeFileSync(path, stringify({ tests: [{ interval: '1m', input_series, promql_expr_test }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
    expect(`${status}${status === 0 ? '' : `${stdout}${stderr}`}`).toBe('0');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const up = (ingest: string, store: string, live: string) => ({
  'up{job="ingest", instance="i:1"}': ingest,
  'up{job="store", instance="s:1"}': store,
  'up{job="live", instance="l:1"}': live,
});
/** A worker that dies after ten minutes: what it told ends there. */
const DIES = '1x9 0x30';
const ends = (value: string) => `${value} stale`;

test('with the store dead no tile of the pipeline has a number that is good', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour(
    {
      ...up('1x40', DIES, '1x40'),
      'velolog_build_info{job="ingest", worker="ingest"}': '1x40',
      'velolog_build_info{job="live", worker="live"}': '1x40',
      'velolog_consumer_lag_seconds{job="store", topic="p", partition="0"}': ends('0x9'),
      'velolog_last_commit_timestamp_seconds{job="store"}': ends('0+60x9'),
      'velolog_dead_letters_total{job="store", reason="undecodable"}': ends('0x9'),
      'velolog_lost_records_total{job="store"}': ends('0x9'),
      'velolog_publish_dropped_total{job="ingest"}': '0x40',
    },
    {
      Workers: [
        { labels: '{job="ingest"}', value: 1 },
        { labels: '{job="live"}', value: 1 },
        { labels: '{job="store"}', value: 0 },
      ],
      Lag: [],
      'Since the last commit': [{ labels: '{}', value: 1260 }],
      'Dead letters': [],
      'Polls lost': [],
    },
  );
  expectAfterHalfAnHour(
    up('1x40', DIES, '1x40'),
    { 'Rows left out': [], 'Values repaired': [] },
    'feed-health.json',
  );
});

test('with all workers alive the same tiles have numbers, and a letter is counted also once the store is dead', ({
  skip,
}) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour(up('1x40', '1x40', '1x40'), {
    'Dead letters': [{ labels: '{}', value: 0 }],
    'Polls lost': [{ labels: '{}', value: 0 }],
  });
  expectAfterHalfAnHour(
    {
      ...up('1x40', DIES, '1x40'),
      'velolog_dead_letters_total{job="store"}': ends('0 0 0 0 54 54 54 54 54 54'),
    },
    { 'Dead letters': [{ labels: '{}', value: 57 }] },
  );
});

test('a worker whose target is gone from Prometheus is none, not nothing', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour(
    { 'up{job="ingest", instance="i:1"}': '1x40', 'up{job="ingest", instance="i:2"}': '1x40' },
    {
      Workers: [
        { labels: '{job="ingest"}', value: 2 },
        { labels: '{job="live"}', value: 0 },
        { labels: '{job="store"}', value: 0 },
      ],
    },
  );
});

test('of a time in which Prometheus looked at nothing no number of workers is known', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour({ 'velolog_build_info{job="store"}': '1x40' }, { Workers: [] });
});

test('"None fires" is said only where the rules run', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour(
    { 'up{job="ingest"}': '1x40' },
    {
      'Alerts that fire now': [{ labels: '{alertname="No alert rules run"}', value: 1 }],
    },
  );
  expectAfterHalfAnHour(
    {
      'ALERTS{alertname="Watchdog", alertstate="firing", severity="none"}': '1x40',
      'ALERTS{alertname="FeedOverdue", alertstate="firing", severity="warning", system="city", feed="station_status"}':
        '1x40',
      'ALERTS{alertname="FeedFailing", alertstate="pending", severity="warning", system="city", feed="station_status"}':
        '1x40',
    },
    {
      'Alerts that fire now': [
        {
          labels: '{alertname="FeedOverdue", severity="warning", system="city", feed="station_status"}',
          value: 1,
        },
      ],
    },
  );
});
