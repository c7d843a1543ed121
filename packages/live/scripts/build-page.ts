import { bundlePage } from './bundle-page.ts';

/** `npm run build -w packages/live`: bundles the page and prints its size. */
for (const { name, bytes, gzipBytes } of await bundlePage()) {
  console.log(`${kilobytes(bytes)} (gzip ${kilobytes(gzipBytes)})  ${name}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
}
