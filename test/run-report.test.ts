import { expect, test } from 'vitest';
import { describeFlaky, describeSkips } from './run-report.ts';

test('the last line says how many tests were skipped and why, after their names', () => {
  const reason = 'promtool is not installed';
  const report = describeSkips([
    { name: 'test/workers.test.ts > metrics', reason },
    { name: 'test/alerts.test.ts > rules', reason },
    { name: 'test/compose.test.ts > up', reason: 'no Docker engine answers' },
  ]);
  expect(report.split('\n')).toEqual([
    'Not run:',
    '  test/workers.test.ts > metrics',
    '  test/alerts.test.ts > rules',
    '  test/compose.test.ts > up',
    'Skipped: 3 tests: promtool is not installed (2); no Docker engine answers (1)',
  ]);
  expect(describeSkips([])).toBe('Skipped: nothing.');
});

test('of many skipped tests the first are named and all are counted', () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ name: `test ${index}`, reason: 'no corpus' }));
  const lines = describeSkips(many).split('\n');
  expect(lines.length).toBe(33);
  expect(lines.slice(-2)).toEqual(['  and 70 more', 'Skipped: 100 tests: no corpus (100)']);
});

test('a test that passed only at the second try is named, with its first failure', () => {
  expect(describeFlaky([])).toBeNull();
  const report = describeFlaky([{ name: 'test/page.test.ts > map', message: 'expected 1\nreceived 2' }]);
  expect(report?.split('\n')).toEqual([
    'Failed at first, and passed when tried again. Find out why:',
    '  test/page.test.ts > map',
    '    expected 1',
    '    received 2',
  ]);
});
