import { posix } from 'node:path';

const FILES_MAX = 15;

/** Folders that hold one file for each of many like things: a room a few of them would tell nobody more. */
const EXCEPTIONS: Record<string, string> = {
  'packages/live/src/api': 'one file a kind of answer',
  'packages/live/src/routes': 'one file a group of routes, and what their answers share',
  'sql/migrations': 'append-only: a migration never moves',
  'packages/store/src/tables': 'one file a table that is written',
};

/** Folders with more source files side by side than anybody takes in at a glance. Tests stand beside what they test and are not counted. */
export function findCrowdedFolders(paths: string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (/\.test\.tsx?$|(^|\/)test-[^/]*$/.test(path) || !/\.(tsx?|js|sql|css)$/.test(path)) continue;
    const folder = posix.dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([folder, count]) => count > FILES_MAX && !(folder in EXCEPTIONS))
    .map(
      ([folder, count]) =>
        `${folder} has ${count} source files side by side, more than ${FILES_MAX}: give it rooms, or a reason in scripts/crowded-folders.ts`,
    );
}
