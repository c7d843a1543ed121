import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codesPage } from '../scripts/codes.ts';
import { findCrowdedFolders } from '../scripts/crowded-folders.ts';
import { findFeedNames } from '../scripts/feed-names.ts';
import { reachedPackages } from '../scripts/reached-packages.ts';
import { findLyingHeaders, withTrueHeader } from '../scripts/view-headers.ts';
import { SLOW_FILES } from './slow-files.ts';

describe('folders', () => {
  const files = (count: number, folder: string) =>
    Array.from({ length: count }, (_, i) => `${folder}/a${i}.ts`);

  test('one with more than 15 source files side by side is refused', () => {
    expect(findCrowdedFolders(files(16, 'packages/store/src'))).toEqual([
      expect.stringContaining('packages/store/src has 16 source files'),
    ]);
  });

  test('one with 15, with tests beside them and rooms below, is not', () => {
    const tests = files(15, 'a').map((path) => path.replace('.ts', '.test.ts'));
    expect(findCrowdedFolders([...files(15, 'a'), ...tests, ...files(9, 'a/b')])).toEqual([]);
  });

  test('one with a named reason may be fuller', () => {
    expect(findCrowdedFolders(files(40, 'sql/migrations'))).toEqual([]);
  });
});

describe('names of feeds', () => {
  test.each(["'station_status'", '"free_bike_status"', '`vehicle_types`', "where feed = 'geofencing_zones'"])(
    '%s in a package is refused',
    (text) => {
      expect(
        findFeedNames([{ path: 'packages/worker/src/a.ts', text: `const a = \`\n${text}` }]),
      ).toHaveLength(1);
    },
  );

  test('in a question of the live worker one may stand in SQL, and nowhere else', () => {
    const path = 'packages/live/src/questions/a.ts';
    const [inSql, inCode] = ["sql(`where feed = 'vehicle_status'`)", "const FEEDS = ['vehicle_status'];"];
    expect(findFeedNames([{ path, text: inSql }])).toEqual([]);
    expect(findFeedNames([{ path, text: inCode }])).toHaveLength(1);
  });

  test('a column of that name, a test and the room of GBFS are not', () => {
    const text = "'station_status'";
    expect(
      findFeedNames([
        { path: 'packages/lake/src/a.ts', text: 'insert into velolog.station_status' },
        { path: 'packages/lake/src/a.test.ts', text },
        { path: 'packages/gbfs/src/feeds.ts', text },
      ]),
    ).toEqual([]);
  });
});

describe('headers of views', () => {
  const view = (header: string) => ({
    path: 'sql/views/now/one.sql',
    text: `-- one: a thing\n${header}\ncreate view api.one as\nselect * from velolog.thing join api.two using (id); -- api.three is not read`,
  });
  const reader = {
    path: 'sql/views/now/two.sql',
    text: '-- Reads: nothing. Read by: one.\ncreate view api.two as\nselect 1;',
  };
  const doc = { path: 'docs/views.md', text: 'select * from one' };

  test.each([
    'Reads: thing. Read by: docs.',
    'Reads: thing, two, three. Read by: docs.',
    'Reads: thing, two. Read by: nobody.',
    '',
  ])('%j is a lie, and is mended', (header) => {
    const sources = [view(`-- ${header}`), reader, doc];
    const truth = '-- Reads: thing, two. Read by: docs.';
    expect(findLyingHeaders(sources)).toEqual([
      { path: 'sql/views/now/one.sql', says: header.includes('Read by') ? `-- ${header}` : '', truth },
    ]);
    if (header !== '') expect(withTrueHeader(view(`-- ${header}`), sources)).toContain(`\n${truth}\n`);
  });

  test('the truth itself is not flagged', () => {
    expect(findLyingHeaders([view('-- Reads: thing, two. Read by: docs.'), reader, doc])).toEqual([]);
  });
});

test('a code that is declared stands in docs/codes.md, once in each chapter', () => {
  const page = codesPage();
  for (const code of ['http_<status>', 'station_id_missing', 'missing_ce_subject', 'stale', 'fuel_of_100']) {
    expect(page).toContain(`\`${code}\``);
  }
  expect(readFileSync('docs/codes.md', 'utf8')).toBe(page);
});

test.each(['sql/migrations', 'docs/adr'])('each file of %s has a number of its own', (folder) => {
  const numbers = readdirSync(folder).flatMap((name) => /^\d{4}(?=-)/.exec(name) ?? []);
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
});

describe('versions', () => {
  type Manifest = {
    version: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const manifests = ['package.json', ...globSync('packages/*/package.json')].map((path) => ({
    path,
    ...(JSON.parse(readFileSync(path, 'utf8')) as Manifest),
  }));

  test('every package has the version of the newest section of the changelog', () => {
    const [, newest] = /^## (\S+)/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
    expect(manifests.map(({ path, version }) => [path, version])).toEqual(
      manifests.map(({ path }) => [path, newest]),
    );
  });

  // With a version in it, `npm version` looks for the next one in the registry, and fails (docs/releasing.md).
  test('packages name each other without a version', () => {
    const ofSiblings = manifests.flatMap(({ path, dependencies = {}, devDependencies = {} }) =>
      Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, range]) =>
        name.startsWith('@velolog/') ? [[path, name, range]] : [],
      ),
    );
    expect(ofSiblings.length).toBeGreaterThan(20);
    expect(ofSiblings.filter(([, , range]) => range !== '*')).toEqual([]);
  });
});

describe('the cache of turbo', () => {
  type Task = { taskId: string; dependencies: string[] };
  const { tasks } = JSON.parse(
    execFileSync('node_modules/.bin/turbo', ['run', 'test', 'types', '--dry=json'], {
      env: { ...process.env, DO_NOT_TRACK: '1' },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }),
  ) as { tasks: Task[] };
  const sources = globSync('{packages,test}/**/*.{ts,tsx}', { exclude: ['**/node_modules/**'] }).map(
    (path) => ({ path, text: readFileSync(path, 'utf8') }),
  );

  /** The packages whose files count for a task, by the tasks that it depends on. */
  function counted(taskId: string): string[] {
    const known = new Set([taskId]);
    for (const id of known)
      for (const next of tasks.find((one) => one.taskId === id)?.dependencies ?? []) known.add(next);
    return [...known].map((id) => id.replace(/^@velolog\/(.*)#.*$/, '$1'));
  }

  test.each(readdirSync('packages'))('knows every package that the files and tests of %s reach', (name) => {
    const reached = [...reachedPackages(name, sources)];
    expect(reached).toContain(name);
    for (const task of ['test', 'types'])
      expect(counted(`@velolog/${name}#${task}`), task).toEqual(expect.arrayContaining(reached));
  });
});

test('the test files that begin first are there', () => {
  expect(SLOW_FILES.filter((path) => !existsSync(path))).toEqual([]);
});
