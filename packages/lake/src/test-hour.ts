import { givenStation as station } from '../../../test/history/given-station.ts';
import type { TestStore } from '../../../test/workers/test-store.ts';

const DAY_SECONDS = 86_400;

/** Stores the polls of one hour of system `s`, which begins `day` days after START (15 June: -40 is 6 May). */
export async function pollHour(
  store: TestStore,
  day: number,
  { imported = false, bikes = 3 } = {},
): Promise<void> {
  await store.store(
    Array.from({ length: 31 }, (_, index) =>
      store.message({
        system_id: 's',
        second: day * DAY_SECONDS + index * 120,
        imported,
        body: { data: { stations: [station('1', bikes + (index % 3), 5), station('2', index % 2, 1)] } },
      }),
    ),
  );
}
