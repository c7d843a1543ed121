import { expect, test } from 'vitest';
import { openTestStore } from '../../../../test/workers/test-store.ts';

test('a station is delisted by the first list without it and listed again by the next with it, in whatever transactions the lists come', async () => {
  await using store = await openTestStore();
  const lists = [['a', 'b', 'c'], ['a', 'b'], [], ['a'], ['a', 'c'], ['a', 'd'], ['a']];
  const messages = (system_id: string) =>
    lists.map((ids, index) =>
      store.message({
        system_id,
        feed: 'station_information',
        second: 60 * index,
        body: { data: { stations: ids.map((station_id) => ({ station_id, name: station_id })) } },
      }),
    );
  const delisted = (system_id: string) =>
    store.ask(
      'select station_id, delisted_at from velolog.station join velolog.system using (system_key) where system_id = $1 order by 1',
      [system_id],
    );
  for (let cut = 1; cut < lists.length; cut += 1) {
    const system_id = `cut at ${cut}`;
    // Known from station_status alone.
    await store.poll(system_id, 0, [{ station_id: 'status only' }]);
    const given = messages(system_id);
    await store.store(given.slice(0, cut));
    if (cut % 2 === 0) store.restart();
    await store.store(given.slice(cut));
    expect(await delisted(system_id), system_id).toEqual([
      { station_id: 'a', delisted_at: null },
      { station_id: 'b', delisted_at: 180 },
      { station_id: 'c', delisted_at: 300 },
      { station_id: 'd', delisted_at: 360 },
      { station_id: 'status only', delisted_at: null },
    ]);
  }
});
