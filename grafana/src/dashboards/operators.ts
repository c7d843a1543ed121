import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, ORANGE, thresholds } from '../colours.ts';
import { dashboard } from '../dashboard.ts';
import { line } from '../layout.ts';
import { UIDS } from '../links.ts';
import { chartOfFirst, LINES_MAX } from '../panels/chart.ts';
import { ofField, PER_MINUTE, panelOf } from '../panels/panel.ts';
import { stat } from '../panels/stat.ts';
import { columnsOf } from '../panels/table.ts';
import { promFirst, promNow, promTable } from '../questions/prometheus-query.ts';

const NONE = 'Prometheus knows of no request in this time range';
/** The same message, short enough for a tile. */
const NONE_SHORT = 'No request known';

/** Shows what publishers see of us, by registrable domain: whether we are polite, and which publishers do not answer. Uses only Prometheus. */
export function operators(): Dashboard {
  return dashboard({
    uid: UIDS.operators,
    title: 'Velolog: operators',
    description:
      'What publishers see of us, by registrable domain: how often each is asked, what fails, who asks for a pause.',
    from: 'now-6h',
    sections: [
      { lines: [line(4, [6, asked()], [6, requests()], [6, failing()], [6, leftAlone()])] },
      { lines: [line(12, [24, byOperator()])] },
      {
        title: 'Over time',
        lines: [
          line(9, [12, requestsOverTime()], [12, failingOverTime()]),
          line(9, [12, spacingOverTime()], [12, leftAloneOverTime()]),
        ],
      },
    ],
  });
}

const RANGE = '[$__range]';
const RATE = '[$__rate_interval]';
/** The whole time on screen, also for a point of a line within it. */
const WHOLE_RANGE = '[$__range] @ end()';

const increase = (matcher: string, range: string) =>
  `sum by (domain) (increase(gbfs_operator_requests_total${matcher}${range}))`;
const all = (range: string) => increase('', range);
/** 0 when an operator was asked and nothing failed, because then 0 is known. */
const failed = (range: string) => `(${increase('{result="failed"}', range)} or 0 * ${all(range)})`;
const failedShare = (range: string) => `${failed(range)} / (${all(range)} > 0)`;
/** Requests per minute, over the part of the time on screen that Prometheus knows. For the rest nobody knows the number, and 0 would be a guess. */
const requestRate = (by: string) =>
  `avg_over_time((60 * sum${by} (rate(gbfs_operator_requests_total[$__rate_interval])))[$__range:$__interval])`;
const spacing = (of: number, range: string) =>
  `histogram_quantile(${of}, sum by (domain, le) (rate(gbfs_operator_request_spacing_seconds_bucket${range})))`;

const asked = () =>
  stat(
    {
      title: 'Operators asked',
      description: 'Registrable domains that got a request in the time on screen.',
      noValue: NONE_SHORT,
      unit: 'none',
    },
    promNow(`count(${all(RANGE)} > 0)`, 'operators'),
  );

const requests = () =>
  stat(
    {
      title: 'Requests',
      description:
        'Requests per minute to all operators, on average over the part of the time on screen that Prometheus knows. Redirects and requests for tokens count as well.',
      noValue: NONE_SHORT,
      unit: PER_MINUTE,
      decimals: 1,
    },
    promNow(requestRate(''), 'requests'),
  );

const failing = () =>
  stat(
    {
      title: 'Share that failed',
      description:
        'Share of the requests in the time on screen that got a status of 400 or more, or no answer. Orange from 5 %. An operator that is down is asked less and less often, so it hardly shows here: its line below is at 1.',
      noValue: NONE_SHORT,
      unit: 'percentunit',
      decimals: 1,
    },
    promNow(`sum(${failed(RANGE)}) / (sum(${all(RANGE)}) > 0)`, 'failed'),
    { limits: thresholds(GOOD, [BAD, 0.05]) },
  );

const leftAlone = () =>
  stat(
    {
      title: 'Paused',
      description:
        'At the end of the time on screen: operators that answered with Retry-After and get no request until its time is over. 0 is shown only while an ingest answers Prometheus.',
      noValue: 'Not known: no ingest answers',
      unit: 'none',
    },
    promNow(
      'count(max by (domain) (gbfs_operator_wait_seconds)) or 0 * sum(up{job="ingest"} > 0)',
      'operators',
    ),
  );

/** The columns of the table. Each is a separate query; they are joined by operator. */
const COLUMNS: [name: string, expr: string, unit: string][] = [
  // A phone shows one column beside the name.
  ['Failed', failedShare(RANGE), 'percentunit'],
  ['Requests a minute', requestRate(' by (domain)'), PER_MINUTE],
  ['Spacing, half', spacing(0.5, RANGE), 's'],
  ['Spacing, closest 5 %', spacing(0.05, RANGE), 's'],
  ['Retry-After', 'sum by (domain) (increase(gbfs_operator_retry_after_total[$__range]))', 'none'],
  ['Paused for', 'max by (domain) (gbfs_operator_wait_seconds)', 's'],
];

const byOperator = () =>
  panelOf(
    'table',
    {
      title: 'Operator by operator',
      description: `In the time on screen, by registrable domain: the share of requests that failed; how many there were; from the start of a request to the start of the next (half of them, and the closest 5 %); answers with
Retry-After; for how much longer we pause. No number: there was none.`,
      noValue: NONE,
      unit: 'none',
    },
    COLUMNS.map(([, expr]) => promTable(expr)),
    {
      defaults: { custom: { align: 'auto', inspect: false } },
      overrides: [
        ...columnsOf({
          domain: { width: 190 },
          ...Object.fromEntries(COLUMNS.map(([name, , unit]) => [name, { unit, decimals: 1 }])),
          Failed: { unit: 'percentunit', decimals: 1, bar: ORANGE, max: 1 },
          'Retry-After': { unit: 'none', decimals: 0 },
        }),
        ofField('domain', ['displayName', 'Operator']),
      ],
      options: {
        showHeader: true,
        cellHeight: 'sm',
        frameIndex: 0,
        sortBy: [{ displayName: 'Failed', desc: true }],
      },
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            indexByName: Object.fromEntries([
              ['domain', 0],
              ...COLUMNS.map((_, index) => [numbersOf(index), index + 1]),
            ]),
            renameByName: Object.fromEntries(COLUMNS.map(([name], index) => [numbersOf(index), name])),
          },
        },
      ],
    },
  );

/** Grafana's name for the values of a query when there are several queries. */
const numbersOf = (index: number): string => `Value #${String.fromCharCode(65 + index)}`;

/** Lines of operators, in the order of a number of each over the time on screen. Of equal ones the operator that was asked more comes first. */
const first = (line: string, order: string, last = false) =>
  promFirst(LINES_MAX, line, {
    by: ['domain'],
    order: `${order} ${last ? '-' : '+'} 1e-9 * ${all(WHOLE_RANGE)}`,
    last,
  });

const requestsOverTime = () =>
  chartOfFirst(
    {
      title: 'Requests by operator',
      description: `Requests per minute to the ${LINES_MAX} operators that were asked most in the time on screen.`,
      noValue: NONE,
      unit: PER_MINUTE,
    },
    first(`60 * sum by (domain) (rate(gbfs_operator_requests_total${RATE}))`, all(WHOLE_RANGE)),
    { legend: 'table' },
  );

const failingOverTime = () =>
  chartOfFirst(
    {
      title: 'Share that failed, by operator',
      description: `The ${LINES_MAX} operators at which the largest share failed in the time on screen, without those at which nothing did. A line at 1 is an operator that answers nothing: see the health of its feeds.`,
      noValue: 'Nothing failed in this time, or nobody was asked',
      unit: 'percentunit',
    },
    first(failedShare(RATE), `(${failedShare(WHOLE_RANGE)} > 0)`),
    { max: 1, legend: 'table', points: true },
  );

const spacingOverTime = () =>
  chartOfFirst(
    {
      title: 'How far apart requests begin',
      description: `The closest 5 % at each operator, of the ${LINES_MAX} where they lay closest in the time on screen. Below one by HOST_REQUESTS_PER_SECOND_MAX (0.5 s) we are less polite than we mean to be; the buckets of the
histogram blur it by 0.05 s.`,
      noValue: NONE,
      unit: 's',
    },
    first(spacing(0.05, RATE), spacing(0.05, WHOLE_RANGE), true),
    { softMax: 1, legend: 'table' },
  );

const leftAloneOverTime = () =>
  chartOfFirst(
    {
      title: 'Pauses by operator',
      description: `How much longer an operator gets no request, because its Retry-After said so: the ${LINES_MAX} with the longest pauses in the time on screen. A sawtooth that does not end: we keep asking more often than it allows.`,
      noValue: 'Prometheus knows of no Retry-After in this time range',
      unit: 's',
    },
    first(
      'max by (domain) (gbfs_operator_wait_seconds)',
      `max by (domain) (max_over_time(gbfs_operator_wait_seconds${WHOLE_RANGE}))`,
    ),
    { legend: 'table', points: true },
  );
