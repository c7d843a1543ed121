import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';

const velolog = fileURLToPath(new URL('../bin/velolog.js', import.meta.url));
const MANY_BYTES = "select repeat('x', 100) as x from generate_series(1, 20000)";

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [velolog, ...args], {
    env: { ...process.env, READER_DATABASE_URL: inject('databaseUrl') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Reads a pipe more slowly than it is written to, as `| jq` may. */
async function readSlowly(child: ChildProcess): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of child.stdout ?? []) {
    parts.push(part);
    await new Promise(setImmediate);
  }
  return Buffer.concat(parts).toString();
}

test('a pipe gets all of an answer of 2 MB, as JSON and as a table', async () => {
  const json = start('sql', '--json', MANY_BYTES);
  const [text, [code]] = await Promise.all([readSlowly(json), once(json, 'exit')]);
  expect(code).toBe(0);
  expect(JSON.parse(text)).toHaveLength(20_000);
  const table = await readSlowly(start('sql', MANY_BYTES));
  expect(table.trimEnd().split('\n').at(-1)).toBe('(20000 rows)');
});

test('a reader that closes early, such as head, is no failure and gives no message', async () => {
  const command = `"${process.execPath}" "${velolog}" sql "${MANY_BYTES}" | head -1; exit "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], {
    env: { ...process.env, READER_DATABASE_URL: inject('databaseUrl') },
  });
  expect(stdout.trim()).toBe('x');
  expect(stderr).toBe('');
});

test('a disk that is full is said, with an exit code that is not 0', async () => {
  const command = `"${process.execPath}" "${velolog}" sql "${MANY_BYTES}" > /dev/full`;
  const failed = await promisify(execFile)('bash', ['-c', command], {
    env: { ...process.env, READER_DATABASE_URL: inject('databaseUrl') },
  }).catch((error: { code: number; stderr: string }) => error);
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot write the output') });
});

test.runIf(existsSync('/proc/self'))(
  'a home folder in which nothing can be made, as that of a system user, stops nothing',
  async () => {
    const env = { ...process.env, HOME: '/proc/nobody', VELOLOG_CACHE: '', NODE_COMPILE_CACHE: '' };
    const { stdout } = await promisify(execFile)(process.execPath, [velolog, '--version'], {
      env,
      timeout: 20_000,
    });
    expect(stdout).toMatch(/^\d/);
  },
);

test('--version prints the version of the package and nothing else', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [velolog, '--version']);
  expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' });
});
