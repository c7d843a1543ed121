import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Whether `dist` holds the page, bundled from the sources as they are now. */
export function isBundled(): boolean {
  const builtMs = bundledMs();
  return builtMs > 0 && sources().every((path) => modifiedMs(path) <= builtMs);
}

/** Whether there is a page, even an old one. */
export function hasBundle(): boolean {
  return bundledMs() > 0;
}

function bundledMs(): number {
  return modifiedMs(join(PACKAGE, 'dist/index.html'));
}

function sources(): string[] {
  // The page shares with the API what src/api holds.
  const page = globSync(`${PACKAGE}/{page,scripts,src/api}/**/*`, {
    exclude: (name) => String(name).endsWith('.test.ts'),
  });
  // The page bundles libraries, so a new lock file counts as a newer source.
  return [...page, join(PACKAGE, '../../package-lock.json')];
}

/** 0 for a missing file. */
function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
