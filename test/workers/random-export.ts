import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExportOptions, exportBundle } from '@velolog/lake/bundle/export-bundle';
import { openBundle } from '@velolog/lake/bundle/read-bundle';
import { fillSystems } from '@velolog/store/fill/fill-systems';
import { randomPolls } from '../history/random-polls.ts';
import { openTestStore, type TestStore } from './test-store.ts';

export const WHOLE = { systems: [], fromDay: null, toDay: null, includeUnlicensed: true };

export type RandomExport = AsyncDisposable & {
  source: TestStore;
  /** Goes with it; `bundle` is in it. */
  folder: string;
  bundle: string;
  exported: (dir: string, more?: Partial<ExportOptions>) => Promise<unknown>;
};

/** A database with random history of three systems, and its export. */
export async function exportRandomHistory(seed: number, polls: number): Promise<RandomExport> {
  const source = await openTestStore();
  const folder = await mkdtemp(join(tmpdir(), 'velolog-from-export-'));
  const bundle = join(folder, 'bundle');
  const exported = (dir: string, more: Partial<ExportOptions> = {}) =>
    exportBundle({ databaseUrl: source.url, dir, ...WHOLE, ...more });
  const random = randomPolls(seed, { systems: 3, polls, stations: 6 });
  await source.store(
    random.map((poll) => source.message({ second: 0, ...poll, body: poll.body.toString() })),
  );
  await source.tellTimezone('system-0', 'Europe/Oslo');
  await source.ask(`update velolog.system set country = 'NO' where system_id = 'system-1'`);
  await exported(bundle);
  return {
    source,
    folder,
    bundle,
    exported,
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Imports an export, or some of its systems. */
export async function fillFrom(dir: string, store: TestStore, systems: string[] = []): Promise<void> {
  await using read = await openBundle(dir, { systems });
  await fillSystems(store.url, read);
}
