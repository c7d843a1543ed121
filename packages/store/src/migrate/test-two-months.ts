import { givenStation as station } from '../../../../test/history/given-station.ts';
import { random } from '../../../../test/history/random.ts';
import { type GivenStation, START, type TestStore } from '../../../../test/workers/test-store.ts';

const HOUR = 3600;
const secondOf = (time: string) => (Date.parse(`${time}:00Z`) - START) / 1000;
export const APRIL = secondOf('2026-04-20T00:00');
const MAY_TO_JUNE = secondOf('2026-05-31T20:00');
const JUNE_1 = secondOf('2026-06-01T00:00');
export const UNKNOWN_IN_APRIL = 'unknown-in-april';
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

/** Stores the records of two months, as the first version did. Stations are named after what is special about them. */
export async function storeTwoMonths(store: TestStore): Promise<void> {
  const next = random(SEED);
  let flapping: GivenStation[] = [];
  const stationsAt = (second: number): GivenStation[] => {
    if (second % 1200 === 0)
      flapping = Array.from({ length: 8 }, (_, index) => {
        const kind = next();
        if (kind < 0.4) return station(`flaps-${index}`);
        return station(
          `flaps-${index}`,
          Math.floor(next() * 3),
          kind < 0.7 ? undefined : Math.floor(next() * 2),
        );
      }).filter(() => next() < 0.9);
    const june = second - JUNE_1;
    return [
      station('never-known'),
      ...[second < MAY_TO_JUNE ? station(UNKNOWN_IN_APRIL) : station(UNKNOWN_IN_APRIL, 6, 6)],
      station('known', second < APRIL + HOUR ? 0 : 5, 5),
      ...[june >= 1.2 * HOUR ? station('known-until-june') : station('known-until-june', 3, 3)],
      ...[
        june >= 0.4 * HOUR && june < 1.5 * HOUR
          ? station('unknown-for-a-while')
          : station('unknown-for-a-while', 2, 2),
      ],
      ...(june >= 0.5 * HOUR && june < 0.9 * HOUR
        ? []
        : [june >= 0 ? station('absent-while-unknown') : station('absent-while-unknown', 1, 1)]),
      // The remaining rows of these stations say nothing about the state before.
      ...(second >= JUNE_1 ? flapping : flapping.map(({ station_id }) => station(station_id, 4, 4))),
    ];
  };
  await store.record({
    system_id: 'town',
    feed: 'gbfs',
    second: APRIL,
    body: { data: { en: { feeds: [] } } },
  });
  for (const [from, to] of [
    [APRIL, APRIL + 6 * HOUR],
    [MAY_TO_JUNE, JUNE_1 + 1800],
    [JUNE_1 + 3000, JUNE_1 + 4.6 * HOUR],
  ] as const)
    await store.pollEvery(600, 'town', [from, to], stationsAt);
  await store.record({
    system_id: 'town',
    feed: 'gbfs',
    second: JUNE_1 + 4 * HOUR,
    body: { data: { en: { feeds: [] } } },
  });
  const museum = [];
  for (let second = secondOf('2026-06-03T10:07'); second <= secondOf('2026-06-03T13:40'); second += 300)
    museum.push(
      store.message({
        system_id: 'museum',
        second,
        imported: true,
        body: {
          data: { stations: [second % 7200 < 3600 ? station('m') : station('m', 0, 4), station('n')] },
        },
      }),
    );
  await store.store(museum);
}
