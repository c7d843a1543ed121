import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/**
 * Makes sure that `dist` holds the page: it is bundled again, in about a second, when a source is newer. If there is
 * nothing to bundle it with, as in an image, it is used as it is.
 *
 * @throws Error when there is neither a bundle nor the means to make it
 */
export async function ensurePage(): Promise<void> {
  if (isBundled()) return;
  try {
    const { bundlePage } = await import('../scripts/bundle-page.ts');
    await bundlePage({ isThere: isBundled });
  } catch (error) {
    // Another process may also have just bundled the same sources.
    if (modifiedMs(join(PACKAGE, 'dist/index.html')) === 0) {
      throw new Error('Cannot bundle the page', { cause: error });
    }
  }
}

function isBundled(): boolean {
  const builtMs = modifiedMs(join(PACKAGE, 'dist/index.html'));
  return sources().every((path) => modifiedMs(path) <= builtMs);
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
