import { describe, expect, test } from 'vitest';
import { type CoverageOutcome, type CoverageSpan, cover, startLane } from './coverage.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Covers polls given as [minutes after the one before, outcome]; returns the spans as `outcome from..to` in minutes. */
function spansOf(polls: [number, CoverageOutcome][]): string[] {
  const lane = startLane(0);
  const spans = new Set<CoverageSpan>();
  let at = 0;
  for (const [minutes, outcome] of polls) {
    at += minutes * MINUTE;
    spans.add(cover(lane, at, outcome));
  }
  return [...spans].map((span) => `${span.outcome} ${span.from_at / MINUTE}..${span.to_at / MINUTE}`);
}

const every = (minutes: number, times: number, outcome: CoverageOutcome) =>
  Array.from({ length: times }, (): [number, CoverageOutcome] => [minutes, outcome]);

describe('a hole', () => {
  test.each([
    ['failures', 'failed'],
    ['bodies that were no JSON', 'undecodable'],
    ['empty lists', 'empty'],
  ] as const)('of hours is one right after back-off from %s, too', (_, outcome) => {
    const backOff: [number, CoverageOutcome][] = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((minutes) => [
      minutes,
      outcome,
    ]);
    const polls = [...every(1, 5, 'observed'), ...backOff, ...every(1, 1, 'observed')] as const;
    expect(spansOf([...polls, [170, 'observed'], [1, 'observed']])).toEqual([
      'observed 1..5',
      `${outcome} 6..248`,
      'observed 249..249',
      'observed 419..420',
    ]);
  });

  test('of hours does not make the next one of hours, nor of half an hour, usual', () => {
    for (const minutes of [30, 90, 170]) {
      const hole: [number, CoverageOutcome] = [180, 'observed'];
      const spans = spansOf([
        ...every(10, 9, 'observed'),
        hole,
        ...every(10, 1, 'observed'),
        [minutes + 1, 'observed'],
      ]);
      const last = 90 + 180 + 10 + minutes + 1;
      expect(spans.slice(-2)).toEqual(['observed 270..280', `observed ${last}..${last}`]);
    }
  });

  test('ends when the slower rhythm goes on', () => {
    const spans = spansOf([...every(1, 5, 'observed'), ...every(20, 30, 'observed')]);
    expect(spans.at(-1)).toBe('observed 65..605');
  });

  test('of more than two hours ends a run of failures, which back-off alone does not', () => {
    expect(spansOf([...every(60, 3, 'failed'), [121, 'failed']])).toEqual([
      'failed 60..180',
      'failed 301..301',
    ]);
  });
});

test('a single pause of a day leaves the estimate of the cadence as it was', () => {
  const lane = startLane(0);
  for (let poll = 1; poll <= 5; poll++) cover(lane, poll * MINUTE, 'observed');
  cover(lane, 24 * HOUR, 'observed');
  expect(lane.cadence_ms).toBe(MINUTE);
});
