import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const program = `
  const { registerHooks } = await import('node:module');
  const urls = [];
  registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
  await import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)});
  await import(${JSON.stringify(import.meta.resolve('@velolog/worker/run-worker'))});
  console.log(JSON.stringify([...urls, ...process.moduleLoadList]));
`;

/** What each would add to the resident memory of every ingest worker. */
const NOT_NEEDED = {
  'what reads the catalogue, 5 MB: it is read when a system of it has failed for hours':
    /\/node_modules\/(csv-parse|@sindresorhus\/transliterate)\//,
  'colours for a terminal, 2 MB': /\/node_modules\/pino-pretty\//,
};

const loaded = JSON.parse(
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
) as string[];

test.each(Object.entries(NOT_NEEDED))('ingest does not load %s', (_, module) => {
  expect(loaded.filter((name) => module.test(name))).toEqual([]);
});

test('what it does use is seen here', () => {
  expect(loaded.some((name) => name.includes('/node_modules/undici/lib/'))).toBe(true);
  expect(loaded).toContain('NativeModule http');
});
