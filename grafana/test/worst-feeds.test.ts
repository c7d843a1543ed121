import { test } from 'vitest';
import { LINES_MAX } from '../src/panels/chart.ts';
import { expectAfterHalfAnHour, hasPromtool, lines, type Sample } from './ask-promtool.ts';

/** Which feeds the charts of feed health draw: those of a thousand systems would be a thousand lines. */

const TITLE = 'Time since the last success';
const success = (system: string) =>
  `gbfs_feed_last_success_timestamp_seconds{system="${system}", feed="station_status"}`;
const of = (system: string, value: number): Sample => ({
  labels: `{system="${system}", feed="station_status"}`,
  value,
});
const ask = (series: Record<string, string>, wanted: Sample[], more: object) =>
  expectAfterHalfAnHour(series, lines(TITLE, ...wanted), 'feed-health.json', '15s', more);

test('a feed that was silent in the middle of the time comes before one that is a little older now', ({
  skip,
}) => {
  skip(!hasPromtool, 'promtool is not installed');
  ask(
    { [success('was-silent')]: '0+15x40 600x40 1215+15x39', [success('older')]: '0+0x1 0+15x119' },
    [of('was-silent', 15), of('older', 30)],
    { system: ['was-silent', 'older'] },
  );
});

test('of more feeds than there are colours the oldest are drawn', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  const systems = Array.from({ length: LINES_MAX + 2 }, (_, number) => `city-${number}`);
  ask(
    // The higher its number, the earlier it fell silent.
    Object.fromEntries(systems.map((system, number) => [success(system), `${1740 - 60 * number}x120`])),
    systems
      .map((system, number) => of(system, 60 + 60 * number))
      .toReversed()
      .slice(0, LINES_MAX),
    { system: systems },
  );
});

test('a minute on screen has its lines as well', ({ skip }) => {
  skip(!hasPromtool, 'promtool is not installed');
  ask({ [success('city')]: '0+15x140' }, [of('city', 0)], {
    evalTime: '33m',
    rangeSeconds: 60,
    system: ['city'],
  });
});
