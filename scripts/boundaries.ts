import { posix } from 'node:path';

/** A file: its path from the root, and its text. */
export type Source = { path: string; text: string };
/** The dependencies in each package.json: needed to run, and needed only to build or test. Keyed by folder; '' is the root. */
export type Manifests = Record<string, { dependencies: string[]; devDependencies: string[] }>;

/** Which of our packages each package may import, whatever its package.json says. A package that is not listed may import all. */
const PACKAGES: Record<string, string[]> = {
  gbfs: [],
  stream: [],
  metrics: [],
  worker: [],
  forecast: [],
  embedded: ['stream', 'worker'],
  ingest: ['gbfs', 'stream', 'metrics', 'worker'],
  store: ['gbfs', 'stream', 'metrics', 'worker', 'forecast'],
  lake: ['gbfs', 'metrics', 'worker'],
  live: ['gbfs', 'metrics', 'worker'],
  simulator: ['worker'],
};

type LibraryRule = { what: string; imports: RegExp; allowed: RegExp };

const LIBRARIES: LibraryRule[] = [
  { what: 'only packages/stream knows kafkajs', imports: /^kafkajs(\/|$)/, allowed: /^packages\/stream\// },
  { what: 'only packages/store knows slonik', imports: /^slonik(\/|$)/, allowed: /^packages\/store\// },
  { what: 'only packages/lake knows DuckDB', imports: /^@duckdb\//, allowed: /^packages\/lake\// },
  {
    what: 'main.ts only wires: nobody imports it',
    imports: /(^|\/)main(\.ts)?$/,
    allowed: /bin\/velolog\.js$/,
  },
];

type RoomRule = { what: string; room: RegExp; allowed: RegExp };

/** Rooms that only some files of their package may enter. */
const ROOMS: RoomRule[] = [
  {
    what: 'questions, events and documents do not know the HTTP routes that ask for them',
    room: /^packages\/live\/src\/routes\//,
    allowed: /^packages\/live\/src\/(routes\/|app\.ts$|worker\.ts$)/,
  },
];

export const IMPORT = /(?<!['"\w])(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;
const BARRELS = /\/(index|utils|helpers|common|types)\.tsx?$/;
/** SQL that reads a table instead of a view. */
const READS_TABLE = /\b(?:from|join)\s+velolog\.\w+/i;
const READERS = /^(packages\/live|packages\/cli|grafana)\//;

/** Describes what crosses a boundary, one line each: the file, what it does, and the rule. */
export function findCrossings(sources: Source[], manifests: Manifests): string[] {
  return sources.flatMap((source) => {
    const { path, text } = source;
    const problems: string[] = [];
    if (BARRELS.test(path)) problems.push('has a generic name: name it after the one thing it contains');
    if (READERS.test(path) && !isTest(path) && READS_TABLE.test(text)) {
      problems.push(
        'reads a table of the schema velolog: the live page, the command and Grafana read the schema api only',
      );
    }
    for (const [, specifier = ''] of text.matchAll(IMPORT)) {
      const problem = crossingOf(path, specifier, manifests);
      if (problem !== null) problems.push(`imports ${specifier}: ${problem}`);
    }
    return problems.map((problem) => `${path} ${problem}`);
  });
}

function crossingOf(path: string, specifier: string, manifests: Manifests): string | null {
  const library = LIBRARIES.find(({ imports, allowed }) => imports.test(specifier) && !allowed.test(path));
  if (library !== undefined) return library.what;
  if (specifier.startsWith('node:')) return null;
  const own = /^packages\/[^/]+/.exec(path)?.[0] ?? '';
  if (specifier.startsWith('.')) return leavesPackage(path, specifier, own);
  return isTest(path)
    ? null
    : (forbiddenPackage(own, specifier) ?? undeclared(path, specifier, own, manifests));
}

/** Only tests may leave their package, to use the servers and stores in test/. */
function leavesPackage(path: string, specifier: string, own: string): string | null {
  if (own === '') return null;
  const target = posix.join(posix.dirname(path), specifier);
  const room = ROOMS.find(({ room, allowed }) => room.test(target) && !allowed.test(path));
  if (room !== undefined && !isTest(path)) return room.what;
  if (target.startsWith(`${own}/`) || (isTest(path) && target.startsWith('test/'))) return null;
  return `it leaves ${own}: import the package by its name`;
}

function forbiddenPackage(own: string, specifier: string): string | null {
  const name = /^@velolog\/([^/]+)/.exec(specifier)?.[1];
  const allowed = PACKAGES[own.replace('packages/', '')];
  if (name === undefined || allowed === undefined || allowed.includes(name)) return null;
  return `${own} may import ${allowed.length > 0 ? `only ${allowed.join(', ')}` : 'none'} of our packages`;
}

/** Code that runs must be in `dependencies`; code that is bundled, built or run from the root may be in `devDependencies`. */
function undeclared(path: string, specifier: string, own: string, manifests: Manifests): string | null {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const manifest = manifests[own];
  if (own === '' || manifest === undefined) return null;
  const runs = path.startsWith(`${own}/src/`) || path.startsWith(`${own}/bin/`);
  if (manifest.dependencies.includes(name)) return null;
  if (!runs && manifest.devDependencies.includes(name)) return null;
  return `${name} is not in the ${runs ? 'dependencies' : 'dependencies or devDependencies'} of ${own}/package.json`;
}

/** Whether a file is a test or serves only tests, such as `test-log.ts` or `test-feed-server.ts`. */
function isTest(path: string): boolean {
  return /\.test\.tsx?$|\/test-[^/]*\.ts$|(^|\/)test\//.test(path);
}
