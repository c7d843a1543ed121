import { test } from 'vitest';
import { expectAfterHalfAnHour, hasPromtool, lines, type Sample } from './ask-promtool.ts';

/** What panels of Prometheus say when workers are dead, by promtool: unknown is never good. */

const up = (ingest: string, store: string, live: string) => ({
  'up{job="ingest", instance="i:1"}': ingest,
  'up{job="store", instance="s:1"}': store,
  'up{job="live", instance="l:1"}': live,
});
/** A worker that dies after ten minutes: what it told ends there. */
const DIES = '1x9 0x30';
const POLLS = 'gbfs_polls_total{job="ingest", system="city", feed="station_status", outcome="fetched"}';
const LEFT_OUT =
  'gbfs_feed_rejected_rows_total{job="store", system="city", feed="station_status", reason="no_station_id"}';
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
      // The second question is drawn in orange.
      'Since the last commit #A': [],
      'Since the last commit #B': [{ labels: '{}', value: 1260 }],
      'Dead letters': [],
      'Polls lost': [],
    },
  );
  expectAfterHalfAnHour(
    { ...up('1x40', DIES, '1x40'), [POLLS]: '0+1x40' },
    { ...lines('Rows left out'), ...lines('Values repaired') },
    'feed-health.json',
  );
});

test('with all workers alive the same tiles have numbers, and a letter is counted also once the store is dead', ({
  skip,
}) => {
  skip(!hasPromtool, 'promtool is not installed');
  const committed = { 'velolog_last_commit_timestamp_seconds{job="store"}': '0+60x40' };
  expectAfterHalfAnHour(
    { ...up('1x40', '1x40', '1x40'), ...committed },
    {
      'Since the last commit #A': [{ labels: '{}', value: 0 }],
      'Since the last commit #B': [],
      'Dead letters': [{ labels: '{}', value: 0 }],
      'Polls lost': [{ labels: '{}', value: 0 }],
    },
  );
  expectAfterHalfAnHour(
    {
      ...up('1x40', DIES, '1x40'),
      'velolog_dead_letters_total{job="store"}': ends('0 0 0 0 54 54 54 54 54 54'),
    },
    { 'Dead letters': [{ labels: '{}', value: 57 }] },
  );
});

test('nothing is said to be left out or repaired where no feed answers', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  const none = [{ labels: '{reason="none"}', value: 0 }];
  const ask = (series: Record<string, string>, leftOut: Sample[], repaired: Sample[]) =>
    expectAfterHalfAnHour(
      { ...up('1x40', '1x40', '1x40'), ...series },
      { ...lines('Rows left out', ...leftOut), ...lines('Values repaired', ...repaired) },
      'feed-health.json',
    );
  const reason = (value: number) => [{ labels: '{reason="no_station_id"}', value }];
  ask({ [POLLS]: '0+1x40' }, none, none);
  ask({ [POLLS]: '0+1x40', [LEFT_OUT]: '3x40' }, [...reason(0), ...none], none);
  ask({ [POLLS]: '5x40', [LEFT_OUT]: '3x40' }, [], []);
  ask({ [POLLS.replace('fetched', 'failed')]: '0+1x40' }, [], []);
  // History that is imported is read without a poll.
  ask({ [LEFT_OUT]: '0+3x40' }, reason(3), []);
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

test('"None fires" is said only where the rules run, and an alert of no system leads to the feeds of all', ({
  skip,
}) => {
  skip(!hasPromtool, 'promtool is not installed');
  expectAfterHalfAnHour(
    { 'up{job="ingest"}': '1x40' },
    {
      'Alerts at the end of this time': [
        { labels: '{alertname="No alert rules ran", chosen="All"}', value: 1 },
      ],
    },
  );
  expectAfterHalfAnHour(
    {
      'ALERTS{alertname="Watchdog", alertstate="firing", severity="none"}': '1x40',
      'ALERTS{alertname="FeedOverdue", alertstate="firing", severity="warning", system="city", feed="station_status"}':
        '1x40',
      'ALERTS{alertname="WorkerDown", alertstate="firing", severity="critical", job="store"}': '1x40',
      'ALERTS{alertname="FeedFailing", alertstate="pending", severity="warning", system="city", feed="station_status"}':
        '1x40',
    },
    {
      'Alerts at the end of this time': [
        {
          labels:
            '{alertname="FeedOverdue", severity="warning", system="city", feed="station_status", chosen="city"}',
          value: 1,
        },
        { labels: '{alertname="WorkerDown", severity="critical", job="store", chosen="All"}', value: 1 },
      ],
    },
  );
});
