import { START, type TestStore } from '../../test/workers/test-store.ts';

export const HOUR = 3600;
export const now = Math.floor((Date.now() - START) / 1000);
export const SILENT_SINCE = now - 3 * HOUR;
export const ARCHIVE_END = now - 1000 * 24 * HOUR;
export const lastDay: [number, number] = [now - 24 * HOUR, now];

/**
 * Two hours of three systems: `live` is polled until now, `silent` was until three hours ago, `archive` was imported. Each
 * has a station that is empty in the last hour, one that is ok and one of which nothing is known.
 */
export async function recordLiveSilentArchive(store: TestStore): Promise<void> {
  for (const [system_id, end, more] of [
    ['live', now, {}],
    ['silent', SILENT_SINCE, {}],
    ['archive', ARCHIVE_END, { imported: true }],
  ] as const) {
    const polls = Array.from({ length: 121 }, (_, index) => end - (120 - index) * 60);
    await store.store(
      polls.map((second) =>
        store.message({ system_id, second, body: bodyAt(second, second > end - HOUR), ...more }),
      ),
    );
  }
}

function bodyAt(second: number, isEmpty: boolean) {
  const last_updated = Math.floor(START / 1000) + second;
  return {
    last_updated,
    ttl: 60,
    data: {
      stations: [
        {
          station_id: 'runs dry',
          num_bikes_available: isEmpty ? 0 : 5,
          num_docks_available: isEmpty ? 9 : 4,
        },
        { station_id: 'ok', num_bikes_available: 3, num_docks_available: 3 },
        { station_id: 'says nothing', num_bikes_available: -1 },
      ],
    },
  };
}
