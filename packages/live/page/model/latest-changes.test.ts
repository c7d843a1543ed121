import { expect, test } from 'vitest';
import type { Change } from '../../src/api/change.ts';
import { withMore } from './latest-changes.ts';

const change = (observed_at: string, station_id: string) => ({ observed_at, station_id }) as Change;
const at = (second: number) => `2026-06-15T12:00:${`${second}`.padStart(2, '0')}.000Z`;
const ids = (changes: readonly Change[]) => changes.map(({ station_id }) => station_id);

test('the newest come first, each once, and those of one poll stay in their order when others come', () => {
  const first = withMore([], [change(at(0), 'a'), change(at(0), 'b'), change(at(0), 'c')]);
  expect(ids(first)).toEqual(['a', 'b', 'c']);
  const second = withMore(first, [change(at(0), 'c'), change(at(10), 'd'), change(at(10), 'e')]);
  expect(ids(second)).toEqual(['d', 'e', 'a', 'b', 'c']);
  expect(ids(withMore(second, [change(at(20), 'f')]))).toEqual(['f', 'd', 'e', 'a', 'b', 'c']);
});
