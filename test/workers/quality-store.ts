import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { givenStation as station } from '../history/given-station.ts';
import { at, type GivenStation, openTestStore, type TestStore } from './test-store.ts';

export const MINUTE = 60;
export const HOUR = 3600;

/** A store whose feeds are checked when a test asks for their issues. */
export type QualityStore = TestStore & {
  check(second?: number): Promise<void>;
  /** The issues of a system: `flag station since..ended`, seconds of the test's time. */
  issues(system: string): Promise<string[]>;
  /** The flags of issues that have not ended. */
  flagsOf(system: string): Promise<string[]>;
  inform(system: string, second: number, stations: object[]): Promise<unknown>;
};

export async function openQualityStore(): Promise<QualityStore> {
  const store = await openTestStore();
  const check = (second = 0) => checkQualityOnce(store.context.pool, at(second));
  const issues = async (system: string) => {
    await check();
    const rows = await store.ask(
      'select flag, station_id, since, ended_at from api.data_quality_issue where system_id = $1 order by flag, station_id, since',
      [system],
    );
    return rows.map((row) =>
      [row.flag, row.station_id, `${row.since}..${row.ended_at ?? ''}`]
        .filter((part) => part !== null)
        .join(' '),
    );
  };
  return Object.assign(store, {
    check,
    issues,
    flagsOf: async (system: string) => [
      ...new Set(
        (await issues(system))
          .filter((issue) => issue.endsWith('..'))
          .map((issue) => issue.split(' ')[0] as string),
      ),
    ],
    inform: (system_id: string, second: number, stations: object[]) =>
      store.record({ system_id, feed: 'station_information', second, body: { ttl: 60, data: { stations } } }),
  });
}

/** The fewest poll times without a gap: two minutes after the first poll, then every tenth of an hour, and at the end. */
export function pollSeconds(from: number, to: number): number[] {
  const seconds = new Set([from, Math.min(to, from + 2 * MINUTE), to]);
  for (let tenth = Math.ceil((from + 2 * MINUTE) / (HOUR / 10)); tenth * (HOUR / 10) < to; tenth += 1)
    seconds.add(tenth * (HOUR / 10));
  return [...seconds].toSorted((a, b) => a - b);
}

/** `count` stations that differ only by their id. */
export const many = (
  count: number,
  bikes: number,
  more: (index: number) => object = () => ({}),
): GivenStation[] => Array.from({ length: count }, (_, index) => station(`${index}`, bikes, 5, more(index)));

export const bodyOf = (stations: GivenStation[], more: object = {}) => ({
  body: { data: { stations }, ...more },
});

/** A position in a grid, whose neighbours are near. */
export const place = (index: number, more: object = {}) => ({
  station_id: `${index}`,
  name: `Station ${index}`,
  lat: 59.9 + (index % 5) * 0.003,
  lon: 10.7 + Math.floor(index / 5) * 0.006,
  capacity: 10 + (index % 7),
  ...more,
});

export const places = (count: number, more: (index: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, index) => place(index, more(index)));
