import { computed, signal } from '@preact/signals';
import type { Quality, QualityIssue } from '../../src/api/quality.ts';
import { getQuality } from '../data/api-client.ts';
import { pause } from '../data/pause.ts';
import { untilShown } from '../data/shown.ts';

const REFETCH_MS = 60_000;

/** What is wrong with the feeds of the system that is shown, and since when. */
export const issues = signal<readonly QualityIssue[]>([]);
/** Why an empty list of issues says nothing; null: it says that nothing is wrong, or nothing was fetched yet. */
export const notJudgedBecause = signal<Quality['not_judged_because']>(null);
const openByStation = computed(() =>
  Map.groupBy(
    issues.value.filter(({ is_open }) => is_open),
    ({ station_id }) => station_id,
  ),
);

/** Of the station alone. */
export function openIssuesOf(station: string): readonly QualityIssue[] {
  return openByStation.value.get(station) ?? [];
}

/** Of the station, and of the feeds as a whole. */
export function openIssuesAbout(station: string): readonly QualityIssue[] {
  return [...(openByStation.value.get(null) ?? []), ...openIssuesOf(station)];
}

/** Whoever shows issues keeps them; several at once ask once. */
let keeping: { system: string; users: number; stop: AbortController } | null = null;

/** Fetches them each minute as long as they are shown. @returns what ends it */
export function keepIssues(system: string): () => void {
  if (keeping?.system !== system) {
    keeping?.stop.abort();
    keeping = { system, users: 0, stop: new AbortController() };
    issues.value = [];
    notJudgedBecause.value = null;
    void fetchForever(system, keeping.stop.signal);
  }
  const mine = keeping;
  mine.users += 1;
  return () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    mine.stop.abort();
    if (keeping === mine) keeping = null;
  };
}

async function fetchForever(system: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await untilShown(signal);
    if (signal.aborted) return;
    const told = await getQuality(system, signal).catch(() => null);
    if (signal.aborted) return;
    // What cannot be had is not shown.
    issues.value = told?.issues ?? [];
    notJudgedBecause.value = told?.not_judged_because ?? null;
    await pause(REFETCH_MS, signal);
  }
}
