import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findCrossings, type Manifests } from './boundaries.ts';

// Exit code 1 when a file imports or reads what it may not.
// The checker's own test quotes what is forbidden.
const exclude = ['**/node_modules/**', '**/dist/**', 'test/boundaries.test.ts'];
const paths = globSync('{packages,test,sql,bench,scripts,grafana,prometheus,docker}/**/*.{ts,tsx,js}', {
  exclude,
});
const sources = paths.map((path) => ({
  path: path.replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}));
const crossings = findCrossings(sources, readManifests());
for (const crossing of crossings) console.error(crossing);
console.error(
  crossings.length === 0
    ? `Boundaries hold in ${sources.length} files`
    : `${crossings.length} boundaries crossed`,
);
process.exitCode = crossings.length === 0 ? 0 : 1;

function readManifests(): Manifests {
  return Object.fromEntries(
    globSync('packages/*/package.json').map((path) => {
      const manifest = JSON.parse(readFileSync(path, 'utf8'));
      const names = (field: string) => Object.keys(manifest[field] ?? {});
      const dependencies = [...names('dependencies'), ...names('optionalDependencies')];
      return [
        dirname(path).replaceAll('\\', '/'),
        { dependencies, devDependencies: names('devDependencies') },
      ];
    }),
  );
}
