import { expect, test } from 'vitest';
import { LINES_MAX } from '../src/panels/chart.ts';
import { expectAfterHalfAnHour, hasPromtool, lines, type Sample } from './ask-promtool.ts';
import { isProm, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

/** What the dashboard of operators shows, by promtool. */

const ask = (series: Record<string, string>, wanted: Record<string, Sample[]>) =>
  expectAfterHalfAnHour(series, wanted, 'operators.json', '15s');
const requests = (domain: string, result: string) =>
  `gbfs_operator_requests_total{domain="${domain}", result="${result}"}`;
const spacing = (domain: string, le: string) =>
  `gbfs_operator_request_spacing_seconds_bucket{domain="${domain}", le="${le}"}`;
const of = (domain: string, value: number): Sample => ({ labels: `{domain="${domain}"}`, value });
const single = (value: number): Sample[] => [{ labels: '{}', value }];

/** One that answers everything, one that refuses a quarter and asked to be left alone. Two ingests ask the second. */
const SERIES = {
  'up{job="ingest", instance="i:1"}': '1x120',
  [requests('good.example', 'answered')]: '0+15x120',
  [requests('busy.example', 'answered')]: '0+7.5x120',
  [requests('busy.example', 'failed')]: '0+2.5x120',
  [spacing('good.example', '0.5')]: '0x120',
  [spacing('good.example', '1')]: '0+15x120',
  [spacing('good.example', '+Inf')]: '0+15x120',
  [spacing('busy.example', '0.5')]: '0+10x120',
  [spacing('busy.example', '+Inf')]: '0+10x120',
  'gbfs_operator_retry_after_total{domain="busy.example", instance="i:1"}': '0+0.25x120',
  'gbfs_operator_wait_seconds{domain="busy.example", instance="i:1"}': '40x120',
  'gbfs_operator_wait_seconds{domain="busy.example", instance="i:2"}': '25x120',
};
/** Half of the hour on screen is known: what is said of it is not spread over the other half. The first minute counts for less, as rate() has it. */
const SHOWN: Record<string, Sample[]> = {
  'Operators asked': single(2),
  Requests: single(98.75),
  'Share that failed': single(0.1),
  Paused: single(1),
  'Operator by operator #A': [of('busy.example', 0.25), of('good.example', 0)],
  'Operator by operator #B': [of('busy.example', 39.5), of('good.example', 59.25)],
  'Operator by operator #C': [of('busy.example', 0.25), of('good.example', 0.75)],
  'Operator by operator #D': [of('busy.example', 0.025), of('good.example', 0.525)],
  'Operator by operator #E': [of('busy.example', 30)],
  'Operator by operator #F': [of('busy.example', 40)],
  ...lines('Requests by operator', of('good.example', 60), of('busy.example', 40)),
  ...lines('Share that failed, by operator', of('busy.example', 0.25)),
  ...lines('How far apart requests begin', of('busy.example', 0.025), of('good.example', 0.525)),
  ...lines('Pauses by operator', of('busy.example', 40)),
};

test('each panel shows what publishers saw of all ingests together', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  ask(SERIES, SHOWN);
});

test('no panel is left out', () => {
  const dashboard = readDashboards().find(({ file }) => file === 'operators.json')?.dashboard;
  const questions = (dashboard ? panelsOf(dashboard) : []).flatMap((panel) => {
    const targets = targetsOf(panel).filter(isProm);
    return targets.length === 1
      ? [panel.title]
      : targets.map((_, index) => `${panel.title} #${String.fromCharCode(65 + index)}`);
  });
  expect(questions.toSorted()).toEqual(Object.keys(SHOWN).toSorted());
});

test('without an ingest nothing is good: no number, no share of 0, nobody who may be asked', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  ask(
    { 'up{job="ingest", instance="i:1"}': '0x120' },
    { 'Operators asked': [], 'Share that failed': [], Paused: [], 'Operator by operator #A': [] },
  );
});

test('nobody is paused where an ingest says so by having no such series', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  const { 'up{job="ingest", instance="i:1"}': up } = SERIES;
  ask({ 'up{job="ingest", instance="i:1"}': up ?? '' }, { Paused: single(0) });
});

test('of ten operators at which all fails alike those asked most get a line each, as far as there are colours', ({
  skip,
}) => {
  skip(!hasPromtool, 'promtool is not installed');
  const dead = Array.from({ length: 10 }, (_, number) => `dead-${number}.example`);
  const first = dead.slice(0, LINES_MAX);
  ask(
    Object.fromEntries(
      dead
        .map((domain, number) => [requests(domain, 'failed'), `0+${10 - number}x120`] as const)
        .toReversed(),
    ),
    lines('Share that failed, by operator', ...first.map((domain) => of(domain, 1))),
  );
});
