import { posix } from 'node:path';

const FILES_MAX = 15;

/** Folders with one file for each of many similar things, where subfolders would not help. */
const EXCEPTIONS: Record<string, string> = {
  'packages/live/src/api': 'one file a kind of answer',
  'packages/live/src/routes': 'one file a group of routes, and what their answers share',
  'sql/migrations': 'append-only: a migration never moves',
  'packages/store/src/tables': 'one file a table that is written',
};

/** Finds folders with more source files than one can take in at a glance. Tests are not counted; they stand beside what they test. */
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
        `${folder} has ${count} source files side by side, more than ${FILES_MAX}: split it into subfolders, or give a reason in scripts/crowded-folders.ts`,
    );
}
