import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Creates one folder at a time, from the top: where a file system cannot create folders, such as /proc, mkdir's `recursive` never returns (Node 26.10). */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (path !== dirname(path)) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made the folder first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}
