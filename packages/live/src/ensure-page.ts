import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hasBundle, isBundled } from './page-bundle.ts';

const BUILD = fileURLToPath(new URL('../scripts/build-page.ts', import.meta.url));

/**
 * Makes sure that `dist` holds the page: it is bundled again, in about a second, when a source is newer. If there is
 * nothing to bundle it with, as in an image, it is used as it is.
 *
 * @throws Error when there is neither a bundle nor the means to make it
 */
export async function ensurePage(): Promise<void> {
  if (isBundled()) return;
  try {
    // In a separate process: this one would keep the memory that bundling takes for minutes.
    await promisify(execFile)(process.execPath, [BUILD, '--if-older']);
  } catch (cause) {
    // Another process may also have just bundled the same sources.
    if (!hasBundle()) throw new Error('Cannot bundle the page', { cause });
  }
}
