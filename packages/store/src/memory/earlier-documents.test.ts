import { expect, test } from 'vitest';
import { openTestStore } from '../../../../test/workers/test-store.ts';

type Stretch = { imported: boolean; lists: [second: number, names: Record<string, string>][] };

const FIRST: Stretch = {
  imported: true,
  lists: [
    [0, { all: 'bicycle', early: 'car', first: 'moped' }],
    [60, { all: 'moped', early: 'bicycle', twice: 'car' }],
  ],
};
const SECOND: Stretch = {
  imported: true,
  lists: [
    [1000, { all: 'car', twice: 'moped' }],
    [1060, { all: 'other', late: 'car' }],
  ],
};
const POLLED: Stretch = {
  imported: false,
  lists: [
    [9000, { all: 'bicycle', late: 'moped' }],
    [9060, { all: 'scooter_standing' }],
  ],
};
const EXPECTED = { all: 'scooter_standing', early: 'bicycle', first: 'moped', late: 'moped', twice: 'moped' };

const FEEDS = [
  {
    feed: 'system_regions',
    body: (rows: [string, string][]) => ({ regions: rows.map(([region_id, name]) => ({ region_id, name })) }),
    known:
      'select region_id as id, region.name as value from velolog.region join velolog.system using (system_key)',
  },
  {
    feed: 'vehicle_types',
    body: (rows: [string, string][]) => ({
      vehicle_types: rows.map(([vehicle_type_id, form_factor]) => ({
        vehicle_type_id,
        form_factor,
        propulsion_type: 'human',
      })),
    }),
    known:
      'select vehicle_type_id as id, form_factor as value from velolog.vehicle_type join velolog.system using (system_key)',
  },
];

test.each(FEEDS)(
  'each entry of $feed is what the newest list that has it says, in whatever order polls and imported history come, also in one transaction and after restarts',
  async ({ feed, body, known }) => {
    await using store = await openTestStore();
    const orders = [
      [FIRST, SECOND, POLLED],
      [POLLED, FIRST, SECOND],
      [POLLED, SECOND, FIRST],
      [SECOND, POLLED, FIRST],
    ];
    for (const [number, order] of orders.entries()) {
      for (const size of [1, 2, 6]) {
        const system_id = `order ${number} by ${size}`;
        const given = order.flatMap(({ imported, lists }) =>
          lists.map(([second, names]) =>
            store.message({ system_id, feed, second, imported, body: { data: body(Object.entries(names)) } }),
          ),
        );
        for (let from = 0; from < given.length; from += size) {
          await store.store(given.slice(from, from + size));
          if (size === 2) store.restart();
        }
        const rows = await store.ask(`${known} where system_id = $1 order by 1`, [system_id]);
        expect(Object.fromEntries(rows.map(({ id, value }) => [id, value])), system_id).toEqual(EXPECTED);
      }
    }
  },
);
