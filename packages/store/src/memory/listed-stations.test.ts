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

test('lists of two imported stretches and of polls give the same stations in whatever order they come, also in one transaction and after restarts', async () => {
  await using store = await openTestStore();
  type Stretch = { imported: boolean; lists: [second: number, names: Record<string, string>][] };
  const first: Stretch = {
    imported: true,
    lists: [
      [0, { a: 'A0', gone: 'G0', early: 'E0', moved: 'M0' }],
      [60, { a: 'A1', gone: 'G1', moved: 'M1' }],
      [120, { a: 'A2', gone: 'G2', back: 'B2' }],
    ],
  };
  const second: Stretch = {
    imported: true,
    lists: [
      // An empty list says nothing: neither that the stations of the stretch before are gone.
      [990, {}],
      [1000, { a: 'A3', back: 'B3', middle: 'D3' }],
      [1060, { a: 'A4', middle: 'D4', moved: 'M4' }],
      [1120, { a: 'A5', middle: 'D5', moved: 'M5' }],
    ],
  };
  const polled: Stretch = {
    imported: false,
    lists: [
      [8940, {}],
      [9000, { a: 'A6', moved: 'M6' }],
      [9060, { a: 'A7' }],
      [9120, { a: 'A8', early: 'E8' }],
    ],
  };
  const messages = (system_id: string, { imported, lists }: Stretch) =>
    lists.map(([at, names]) => {
      const stations = Object.entries(names).map(([station_id, name]) => ({
        station_id,
        name,
        lat: 1,
        lon: 2,
      }));
      const feed = 'station_information';
      return store.message({ system_id, feed, second: at, imported, body: { data: { stations } } });
    });
  const known = (system_id: string) =>
    store.ask(
      `select station_id, station.name, lat, delisted_at from velolog.station join velolog.system using (system_key)
       where system_id = $1 order by 1`,
      [system_id],
    );
  const expected = [
    { station_id: 'a', name: 'A8', lat: 1, delisted_at: null },
    { station_id: 'back', name: 'B3', lat: 1, delisted_at: 1060 },
    { station_id: 'early', name: 'E8', lat: 1, delisted_at: null },
    { station_id: 'gone', name: 'G2', lat: 1, delisted_at: 1000 },
    { station_id: 'middle', name: 'D5', lat: 1, delisted_at: 9000 },
    { station_id: 'moved', name: 'M6', lat: 1, delisted_at: 9060 },
    { station_id: 'status only', name: null, lat: null, delisted_at: null },
  ];
  const orders: Stretch[][] = [
    [first, second, polled],
    [polled, first, second],
    [polled, second, first],
    [second, first, polled],
    [second, polled, first],
  ];
  for (const [number, order] of orders.entries()) {
    for (const size of [1, 2, 9]) {
      const system_id = `order ${number} by ${size}`;
      await store.poll(system_id, 0, [{ station_id: 'status only' }]);
      const given = order.flatMap((stretch) => messages(system_id, stretch));
      for (let from = 0; from < given.length; from += size) {
        await store.store(given.slice(from, from + size));
        if (size === 2) store.restart();
      }
      expect(await known(system_id), system_id).toEqual(expected);
    }
  }
});
