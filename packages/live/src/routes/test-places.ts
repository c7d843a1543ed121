import { START, type TestStore } from '../../../../test/workers/test-store.ts';

export type Place = [station_id: string, lat: number, lon: number];

/** The present as a second of the test's time. */
export const now = () => Math.floor((Date.now() - START) / 1000);

/** Tells where stations are, and then what they offer: now, or on a day in June that is long ago. */
export async function tellPlaces(
  store: TestStore,
  system: string,
  places: Place[],
  bikes: Record<string, number | null>,
  more: { second?: number; imported?: boolean } = {},
): Promise<void> {
  const { second = now(), imported = false } = more;
  const told = { system_id: system, second, imported };
  await store.record({
    ...told,
    feed: 'station_information',
    body: {
      data: {
        stations: places.map(([station_id, lat, lon]) => ({ station_id, name: station_id, lat, lon })),
      },
    },
  });
  await store.poll(
    system,
    second,
    Object.entries(bikes).map(([station_id, num_bikes_available]) =>
      num_bikes_available === null
        ? { station_id }
        : { station_id, num_bikes_available, num_docks_available: 10 - num_bikes_available },
    ),
    { imported },
  );
}
