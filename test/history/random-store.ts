import { openTestStore, type TestStore } from '../workers/test-store.ts';
import { random } from './random.ts';

export const RANDOM_STATIONS = 12;

/**
 * A store with a restless day of two systems, `a` and `b`: counts and flags that change, are unknown or stay, failed
 * polls, stations that vanish and return, some of them unchanged, and a long pause. `eachPoll` is called after every
 * poll of `a`.
 */
export async function openRandomStore(
  seed: number,
  polls: number,
  eachPoll?: (store: TestStore) => Promise<void>,
): Promise<TestStore> {
  const store = await openTestStore();
  const next = random(seed);
  const messages = [];
  for (let poll = 0; poll < polls; poll++) {
    for (const system_id of ['a', 'b']) {
      const second = poll * 30 + (system_id === 'b' ? 7 : 0) + (poll > polls / 2 ? 5000 : 0);
      const failed = next() < 0.1;
      const body = { data: { stations: randomStations(next) } };
      messages.push(
        store.message({
          system_id,
          second,
          ...(failed ? { outcome: 'failed', error: 'timeout' } : { body }),
        }),
      );
      if (eachPoll === undefined) continue;
      await store.store(messages.splice(0));
      if (system_id === 'a') await eachPoll(store);
    }
  }
  if (messages.length > 0) await store.store(messages);
  return store;
}

export function randomStations(next: () => number) {
  return Array.from({ length: RANDOM_STATIONS }, (_, index) => ({
    station_id: `${index}`,
    ...(next() < 0.9 && { num_bikes_available: Math.floor(next() * 2) }),
    ...(next() < 0.7 && { num_docks_available: Math.floor(next() * 2) }),
    ...(next() < 0.5 && { num_bikes_disabled: Math.floor(next() * 2) }),
    is_renting: next() < 0.9,
  })).filter(() => next() < 0.85);
}
