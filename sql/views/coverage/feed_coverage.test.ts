import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function spans(system: string): Promise<string[]> {
  const rows = await store.ask(
    'select * from api.feed_coverage where system_id = $1 order by feed, from_at',
    [system],
  );
  return rows.map((row) => `${row.outcome} ${row.from_at}..${row.to_at} ${row.polls}`);
}
const list = [{ station_id: '1', num_bikes_available: 1 }];

describe('feed_coverage', () => {
  test('a run of polls with the same outcome is one row, whatever the polls say', async () => {
    await store.poll('run', 0, list);
    await store.record({ system_id: 'run', second: 30, outcome: 'unchanged' });
    await store.poll('run', 60, [{ station_id: '1', num_bikes_available: 2 }]);
    expect(await spans('run')).toEqual(['observed 0..60 3']);
  });

  test('failed, empty and undecodable polls are distinguished, and none of them is an observation', async () => {
    await store.poll('kinds', 0, list);
    await store.record({ system_id: 'kinds', second: 30, outcome: 'failed', error: 'timeout' });
    await store.record({ system_id: 'kinds', second: 60, outcome: 'failed', error: 'timeout' });
    await store.poll('kinds', 90, []);
    await store.record({ system_id: 'kinds', second: 120, body: '<html>' });
    await store.poll('kinds', 150, list);
    expect(await spans('kinds')).toEqual([
      'observed 0..0 1',
      'failed 30..60 2',
      'empty 90..90 1',
      'undecodable 120..120 1',
      'observed 150..150 1',
    ]);
  });

  test('a pause ends the run, also when the worker was restarted before', async () => {
    await store.poll('pause', 0, list);
    store.restart();
    await store.poll('pause', 60, list);
    store.restart();
    await store.poll('pause', 1000, list);
    expect(await spans('pause')).toEqual(['observed 0..60 2', 'observed 1000..1000 1']);
  });

  test('history recorded every 20 minutes becomes one run once its rhythm is known', async () => {
    for (let poll = 0; poll < 8; poll++) await store.poll('slow', poll * 1200, list);
    expect(await spans('slow')).toEqual([
      'observed 0..0 1',
      'observed 1200..1200 1',
      'observed 2400..8400 6',
    ]);
  });

  test('"not modified" repeats what the last body was', async () => {
    await store.poll('repeated', 0, []);
    await store.record({ system_id: 'repeated', second: 30, outcome: 'unchanged' });
    expect(await spans('repeated')).toEqual(['empty 0..30 2']);
  });
});
