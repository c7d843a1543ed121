import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  BAD,
  BLUE,
  BROWN,
  DARK_GREY,
  fixedColour,
  GOOD,
  GREY,
  MIDDLE,
  ORANGE,
  PALE_BLUE,
  PALE_ORANGE,
  PINK,
  thresholds,
  VIOLET,
} from '../colours.ts';
import { dashboard } from '../dashboard.ts';
import { line } from '../layout.ts';
import { UIDS } from '../links.ts';
import { firingAlerts } from '../panels/alerts.ts';
import { type ChartShape, chartOfFirst, LINES_MAX } from '../panels/chart.ts';
import { ofPattern, PER_MINUTE, PER_SECOND } from '../panels/panel.ts';
import { prometheusChart } from '../panels/prometheus-chart.ts';
import { stat } from '../panels/stat.ts';
import { promFirst, promNow, quantile } from '../questions/prometheus-query.ts';
import { lakeDamaged, lakeLag, lakeSize } from './lake-state.ts';
import { cpu, eventLoop, memory } from './worker-costs.ts';

/** Shows whether polls reach the database, how fast, and what that costs. Uses only Prometheus. */
export function pipeline(): Dashboard {
  return dashboard({
    uid: UIDS.pipeline,
    title: 'Velolog: pipeline',
    description: 'Whether what was polled reaches the database, how fast, and what it costs.',
    from: 'now-1h',
    sections: [
      {
        lines: [
          line(4, [6, workers()], [4, lagNow()], [5, sinceCommit()], [5, deadLetters()], [4, lost()]),
          line(7, [24, firingAlerts()]),
        ],
      },
      {
        title: 'Lag and delay',
        lines: [line(8, [8, lagMessages()], [8, lagSeconds()], [8, pollToRow()])],
      },
      {
        title: 'Throughput',
        lines: [line(8, [8, records()], [8, rows()], [8, batchTime()])],
      },
      {
        title: 'Errors',
        lines: [line(8, [12, failures()], [12, buffer()])],
      },
      {
        title: 'Lake',
        lines: [line(6, [6, lakeLag()], [6, lakeDamaged()], [12, lakeSize()])],
      },
      {
        title: 'What it costs',
        lines: [line(8, [8, memory()], [8, cpu()], [8, eventLoop()])],
      },
    ],
  });
}

/** 0 while workers of the job answer Prometheus, and no value when none does: 0 would then be a guess. */
const zeroOf = (...jobs: string[]) => jobs.map((job) => `0 * sum(up{job="${job}"} > 0)`).join(' + ');

const JOBS = ['ingest', 'store', 'live'];

const workers = () =>
  stat(
    {
      title: 'Workers',
      description: 'Workers of each kind that answer Prometheus. Orange: none does.',
      noValue: 'No data from Prometheus',
      unit: 'none',
    },
    promNow(
      [
        `sum by (job) (up{job=~"${JOBS.join('|')}"})`,
        // 0 for times that Prometheus observed; other times are unknown.
        ...JOBS.map((job) => `label_replace(vector(0) and on () count(up), "job", "${job}", "", "")`),
      ].join(' or '),
      '{{job}}',
    ),
    { limits: thresholds(BAD, [GOOD, 1]), named: true },
  );

const lagNow = () =>
  stat(
    {
      title: 'Lag',
      description:
        'Age of the oldest record that is not in the database yet; 0 when none waits. Orange from 2 minutes. Not known while no store answers.',
      noValue: 'Not known: no store answers',
      unit: 's',
      decimals: 1,
    },
    promNow('max(velolog_consumer_lag_seconds)', 'lag'),
    { limits: thresholds(GOOD, [BAD, 120]) },
  );

/** The series of a dead store has ended, but max_over_time still finds its last value. */
const SINCE_COMMIT = '(time() - max(max_over_time(velolog_last_commit_timestamp_seconds[$__range])))';
const STORE_ANSWERS = 'on () (sum(up{job="store"}) > 0)';

const sinceCommit = () =>
  stat(
    {
      title: 'Since the last commit',
      description:
        'Time since a store worker last committed to the database, as far as Prometheus saw within the time on screen. Orange from 5 minutes: nothing arrives, or nothing is stored; and at once where no store answers.',
      noValue: 'No commit seen in this time',
      unit: 's',
      decimals: 1,
    },
    promNow(`${SINCE_COMMIT} and ${STORE_ANSWERS}`, 'since'),
    {
      limits: thresholds(GOOD, [BAD, 300]),
      alarming: promNow(`${SINCE_COMMIT} unless ${STORE_ANSWERS}`, 'since'),
    },
  );

const deadLetters = () =>
  stat(
    {
      title: 'Dead letters',
      description:
        'Records in the time on screen that could not be used; they are whole in velolog.dead-letters. 0 is shown only while a store answers.',
      noValue: 'Not known: no store answers',
      unit: 'none',
      decimals: 0,
    },
    promNow(`sum(increase(velolog_dead_letters_total[$__range])) > 0 or ${zeroOf('store')}`, 'letters'),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const lost = () =>
  stat(
    {
      title: 'Polls lost',
      description:
        "Polls in the time on screen that were dropped before Kafka (buffer full, body too large), removed by Kafka's retention before they were read, or could go to no dead letters. 0 is shown only while both workers answer.",
      noValue: 'Not known: a worker does not answer',
      unit: 'none',
      decimals: 0,
    },
    promNow(
      `(sum(increase(velolog_publish_dropped_total[$__range])) or vector(0)) + (sum(increase(velolog_published_lost_total[$__range])) or vector(0)) + (sum(increase(velolog_lost_records_total[$__range])) or vector(0)) + (sum(increase(velolog_dead_letters_lost_total[$__range])) or vector(0)) > 0 or ${zeroOf('ingest', 'store')}`,
      'lost',
    ),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );

const lagMessages = () =>
  prometheusChart(
    [
      'Lag in records',
      'Records of each partition that are not in the database yet, stacked; point at an area to see its partition. A few are normal between two batches.',
      'none',
    ],
    [['sum by (topic, partition) (velolog_consumer_lag_messages)', '{{topic}} {{partition}}']],
    { stacked: true, legend: 'none', softMax: 10 },
  );

const lagSeconds = () =>
  prometheusChart(
    [
      'Lag in seconds',
      'Age of the oldest record of each partition that is not in the database yet, by the timestamp of the broker; point at a line to see its partition.',
      's',
    ],
    [['max by (topic, partition) (velolog_consumer_lag_seconds)', '{{topic}} {{partition}}']],
    { legend: 'none', softMax: 10 },
  );

const HALF_AND_99: ChartShape = { colours: { half: PALE_BLUE, '99 %': BLUE } };

const pollToRow = () =>
  prometheusChart(
    [
      'From poll to row',
      'Time from the end of a live poll until its rows were committed: half and 99 % of them.',
      's',
    ],
    [
      [quantile(0.5, 'velolog_poll_to_row_seconds'), 'half'],
      [quantile(0.99, 'velolog_poll_to_row_seconds'), '99 %'],
    ],
    HALF_AND_99,
  );

const records = () =>
  prometheusChart(
    [
      'Records processed',
      'Per second, by result: stored, in the dead letters (undecodable, unreadable, stale, refused by the database), no observation (an older body, a "not modified" whose body is unknown), or skipped.',
      PER_SECOND,
    ],
    // What is stored lies on top of the rest: the line of a 0 on top of it would look like as much.
    [
      ['sum by (result) (rate(velolog_records_total{result!="stored"}[$__rate_interval]))', '{{result}}'],
      ['sum(rate(velolog_records_total{result="stored"}[$__rate_interval]))', 'stored'],
    ],
    {
      stacked: true,
      colours: {
        stored: PALE_BLUE,
        skipped: GREY,
        forgotten: DARK_GREY,
        undecodable: ORANGE,
        unreadable: BROWN,
        stale: PALE_ORANGE,
        older_body: MIDDLE,
        unconfirmed: PINK,
        refused_by_database: VIOLET,
      },
    },
  );

const rows = () =>
  chartOfFirst(
    {
      title: 'Rows written',
      description: `Per second, to the ${LINES_MAX} tables that got most in the time on screen. Only what changed becomes a row of station_status.`,
      noValue: 'No data from Prometheus in this time',
      unit: PER_SECOND,
    },
    promFirst(LINES_MAX, 'sum by (table) (rate(velolog_rows_written_total[$__rate_interval]))', {
      by: ['table'],
      order: 'sum by (table) (increase(velolog_rows_written_total[$__range] @ end()))',
    }),
    { points: true },
  );

const batchTime = () =>
  prometheusChart(
    ['Time of a batch', 'From the first decode to the commit: half and 99 % of them.', 's'],
    [
      [quantile(0.5, 'velolog_batch_seconds'), 'half'],
      [quantile(0.99, 'velolog_batch_seconds'), '99 %'],
    ],
    HALF_AND_99,
  );

const failures = () =>
  prometheusChart(
    [
      'Failures per minute',
      'Attempts that failed and were repeated: publishing to Kafka, committing a batch (by cause). And dead letters by reason. All at 0 is good.',
      PER_MINUTE,
    ],
    [
      ['60 * sum(rate(velolog_publish_failures_total[$__rate_interval]))', 'publish'],
      ['60 * sum by (cause) (rate(velolog_batch_failures_total[$__rate_interval]))', 'commit: {{cause}}'],
      [
        '60 * sum by (reason) (rate(velolog_dead_letters_total[$__rate_interval]))',
        'dead letter: {{reason}}',
      ],
    ],
    {
      softMax: 1,
      colours: { publish: BLUE },
      overrides: [
        ofPattern('/^commit: /', ['color', fixedColour(ORANGE)]),
        ofPattern('/^dead letter: /', ['color', fixedColour(VIOLET)]),
      ],
    },
  );

const buffer = () =>
  prometheusChart(
    [
      'Polls waiting for Kafka',
      'Memory of the polls that Kafka has not acknowledged yet. It grows while Kafka is away; at BUFFER_BYTES_MAX the oldest are dropped.',
      'bytes',
    ],
    [['sum(velolog_publish_buffer_bytes)', 'buffer']],
    { filled: true, colours: { buffer: PALE_BLUE }, softMax: 1_048_576 },
  );
