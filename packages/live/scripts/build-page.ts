import { isBundled } from '../src/page-bundle.ts';
import { bundlePage } from './bundle-page.ts';

/**
 * `npm run build -w packages/live`: bundles the page and prints its size. With `--if-older`, a bundle of these sources that another process
 * has made in the meantime is kept.
 */
const isThere = process.argv.includes('--if-older') ? isBundled : () => false;
for (const { name, bytes, gzipBytes } of await bundlePage({ isThere })) {
  console.log(`${kilobytes(bytes)} (gzip ${kilobytes(gzipBytes)})  ${name}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
}
