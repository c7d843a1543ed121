import { START, type TestStore } from '../workers/test-store.ts';

/** The current second of the tests' time. */
export const now = () => Math.floor((Date.now() - START) / 1000);

type City = { second?: number; imported?: boolean; bikes?: number };

/** Three operators in Oslo, one in Paris that is late, an archive in Tokyo. */
export async function tellWorld(store: TestStore): Promise<void> {
  await tellCity(store, ['oslo-bikes', 'City Bikes'], [59.911, 10.74], 6);
  await tellCity(store, ['oslo-late', 'Late Bikes'], [59.912, 10.741], 3, { second: 0, bikes: 9 });
  await tellCity(store, ['paris', 'Paris Bikes'], [48.857, 2.35], 4, { second: 0 });
  await tellCity(store, ['tokyo', 'Tokyo Bikes'], [35.68, 139.77], 2, { second: 0, imported: true });
  const bikes = [0, 1, 2, 3].map((index) => ({
    bike_id: `${index}`,
    lat: 59.9135 + 0.001 * index,
    lon: 10.745 + 0.002 * index,
    is_reserved: index === 3,
    is_disabled: false,
  }));
  await store.record({
    system_id: 'oslo-scooters',
    feed: 'free_bike_status',
    second: now(),
    body: { ttl: 3600, data: { bikes } },
  });
}

export async function tellCity(
  store: TestStore,
  [system_id, name]: [system_id: string, name: string],
  [lat, lon]: [number, number],
  count: number,
  { second = now(), imported = false, bikes = 4 }: City = {},
): Promise<void> {
  const tell = (feed: string, data: object) =>
    store.record({ system_id, feed, second, imported, body: { data } });
  await tell('system_information', {
    system_id,
    name,
    operator: `${name} AS`,
    timezone: 'UTC',
    language: 'en',
  });
  const ids = Array.from({ length: count }, (_, index) => `${index + 1}`);
  await tell('station_information', {
    stations: ids.map((station_id, index) => ({
      station_id,
      name: `${name} ${station_id}`,
      lat: lat + 0.002 * (index % 3),
      lon: lon + 0.003 * index,
      capacity: 10,
    })),
  });
  await tellBikes(store, system_id, Array(count).fill(bikes), { second, imported });
}

/** How many bikes each station of a city has, out of ten. */
export async function tellBikes(
  store: TestStore,
  system_id: string,
  bikes: number[],
  { second = now(), imported = false }: Omit<City, 'bikes'> = {},
): Promise<void> {
  const stations = bikes.map((count, index) => ({
    station_id: `${index + 1}`,
    num_bikes_available: count,
    num_docks_available: 10 - count,
  }));
  const last_updated = START / 1000 + second;
  await store.poll(system_id, second, [], {
    imported,
    body: { last_updated, ttl: 3600, data: { stations } },
  });
}

/** A city of twelve stations whose positions arrive after their bikes. */
export class LateCity {
  readonly #store: TestStore;
  readonly #systemId: string;
  readonly #name: string;
  readonly #ids = Array.from({ length: 12 }, (_, index) => `${index}`);

  constructor(store: TestStore, systemId: string, name: string) {
    this.#store = store;
    this.#systemId = systemId;
    this.#name = name;
  }

  /** All are nearly empty, drawn orange, except the changed one, which is full and blue. */
  async tell(second: number, changed: string | null): Promise<void> {
    const stations = this.#ids.map((station_id) => ({
      station_id,
      num_bikes_available: station_id === changed ? 9 : 1,
      num_docks_available: station_id === changed ? 1 : 9,
    }));
    await this.#store.poll(this.#systemId, second, [], { body: { ttl: 3600, data: { stations } } });
  }

  /** @param lon longitude of the first station, relative to the start of the others */
  async place(second: number, lon: number): Promise<void> {
    const stations = this.#ids.map((station_id, index) => ({
      station_id,
      name: `${this.#name} ${station_id}`,
      // The first one is in the corner of the map, under the legend.
      lat: index === 0 ? 60.36 : 60.37 + 0.002 * index,
      lon: 5.3 + (index === 0 ? lon : 0.004 * index),
      capacity: 60,
    }));
    await this.#store.record({
      system_id: this.#systemId,
      feed: 'station_information',
      second,
      body: { data: { stations } },
    });
  }
}
