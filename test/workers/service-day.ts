import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { givenStation as station } from '../history/given-station.ts';
import { bodyOf, HOUR, pollSeconds } from './quality-store.ts';
import { START, type TestStore } from './test-store.ts';

/** Differences from a complete day. Hours are counted from noon. */
export type ServiceDay = {
  from?: number;
  to?: number;
  /** Time without polls. */
  skip?: [number, number];
  /** Time in which the list lacks the station `still`. */
  gone?: [number, number];
  still?: [bikes: number, docks: number];
  reportedHoursAgo?: number;
};

/**
 * A day of five stations, polled from 05:00 to 23:00. `still` does not change; the others do, `moves` times. Noon is second 0.
 */
export async function serviceDay(
  store: TestStore,
  system: string,
  moves: number,
  {
    from = -7,
    to = 11,
    skip = [0, 0],
    gone = [0, 0],
    still: [bikes, docks] = [4, 6],
    reportedHoursAgo = 80,
  }: ServiceDay = {},
): Promise<void> {
  const messages = [];
  for (const second of pollSeconds(from * HOUR, to * HOUR)) {
    if (second > skip[0] * HOUR && second < skip[1] * HOUR) continue;
    const isGone = second >= gone[0] * HOUR && second < gone[1] * HOUR;
    const step = Math.min(moves, Math.max(0, Math.floor((second + 6 * HOUR) / HOUR)));
    const still = station('still', bikes, docks, { last_reported: START / 1000 - reportedHoursAgo * HOUR });
    const stations = ['a', 'b', 'c', 'd'].map((id) => station(id, 3 + (step % 2), 5));
    messages.push(
      store.message({ system_id: system, second, ...bodyOf([...(isGone ? [] : [still]), ...stations]) }),
    );
  }
  await store.store(messages);
  await rollUpAll(store.context.pool);
}
