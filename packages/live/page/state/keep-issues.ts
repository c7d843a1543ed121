import { computed, signal } from '@preact/signals';
import type { QualityIssue } from '../../src/api/quality.ts';
import { getQuality } from '../data/api-client.ts';
import { pause } from '../data/pause.ts';
import { untilShown } from '../data/shown.ts';
import type { NotJudgedBecause } from '../model/not-judged.ts';

const REFETCH_MS = 60_000;

/** The problems of the shown system's feeds, and since when they exist. */
export const issues = signal<readonly QualityIssue[]>([]);
/**
 * Why an empty list of issues says nothing; null when it means that nothing is wrong, or when nothing was fetched yet.
 */
export const notJudgedBecause = signal<NotJudgedBecause | null>(null);
const openByStation = computed(() =>
  Map.groupBy(
    issues.value.filter(({ is_open }) => is_open),
    ({ station_id }) => station_id,
  ),
);

/** Issues of the station only. */
export function openIssuesOf(station: string): readonly QualityIssue[] {
  return openByStation.value.get(station) ?? [];
}

/** Issues of the station, and of the feeds as a whole. */
export function openIssuesAbout(station: string): readonly QualityIssue[] {
  return [...(openByStation.value.get(null) ?? []), ...openIssuesOf(station)];
}

/** Components that show issues keep them current; several at once share the requests. */
let keeping: { system: string; users: number; stop: AbortController } | null = null;

/** Fetches the issues each minute while they are shown. @returns a function that ends it */
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
    // Shows no issue if the request failed, and does not take that for good news.
    issues.value = told?.issues ?? [];
    notJudgedBecause.value = told === null ? 'unanswered' : told.not_judged_because;
    await pause(REFETCH_MS, signal);
  }
}
