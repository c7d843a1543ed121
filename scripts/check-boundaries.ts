import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findCrossings, type Manifests, type Source } from './boundaries.ts';
import { codesPage } from './codes.ts';
import { findCrowdedFolders } from './crowded-folders.ts';
import { findFeedNames } from './feed-names.ts';
import { findLyingHeaders, withTrueHeader } from './view-headers.ts';

// Exits with code 1 when a rule of the house is broken. The rules are about imports and reads of each file, how full folders are, where feed
// names appear, what the headers of views say, and which codes docs/codes.md explains. `--write` fixes the headers and that page.
// Biome checks for import cycles (`noImportCycles`).
const exclude = ['**/node_modules/**', '**/dist/**'];
const code = read('{packages,test,sql,bench,scripts,grafana,prometheus,docker}/**/*.{ts,tsx,js}');
const others = read('{sql,docs,grafana/dashboards,packages}/**/*.{sql,md,json,css}');
const sources = [...code, ...others];

const lies = findLyingHeaders(sources);
const isWriting = process.argv.includes('--write');
if (isWriting) {
  for (const { path } of lies) {
    const source = sources.find((one) => one.path === path);
    if (source !== undefined) writeFileSync(path, withTrueHeader(source, sources));
  }
}
const CODES = 'docs/codes.md';
if (isWriting) writeFileSync(CODES, codesPage());
const problems = [
  // The checker's own test quotes forbidden code.
  ...findCrossings(
    code.filter(({ path }) => path !== 'test/boundaries.test.ts'),
    readManifests(),
  ),
  ...findCrowdedFolders(sources.map(({ path }) => path)),
  ...findFeedNames(code),
  ...(isWriting ? [] : lies).map(
    ({ path, says, truth }) =>
      `${path} says "${says}", but it should be "${truth}": npm run boundaries -- --write`,
  ),
  ...(isCurrent(CODES, codesPage()) ? [] : [`${CODES} is out of date: npm run fix`]),
];
for (const problem of problems) console.error(problem);
console.error(
  problems.length === 0
    ? `Boundaries hold in ${code.length} files`
    : `${problems.length} boundaries do not hold`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

function isCurrent(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === text;
}

function read(pattern: string): Source[] {
  return globSync(pattern, { exclude }).map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(path, 'utf8'),
  }));
}

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
