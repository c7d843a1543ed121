import { join, resolve } from 'node:path';
import type { Home } from '../home/home.ts';

/** The folder that was named, else LAKE_DIR, else the one of the home. */
export function lakeFolderOf(home: Home, named: string | undefined): string {
  return resolve(named || process.env.LAKE_DIR || join(home.path, 'lake'));
}
