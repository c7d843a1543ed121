import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const velolog = fileURLToPath(new URL('../../bin/velolog.js', import.meta.url));

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'velolog-named-home-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What a command prints on a home where nothing runs. */
function said(words: string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const env = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', READER_DATABASE_URL: '' };
  execFile(process.execPath, [velolog, ...words, '--home', home], { env }, (_, stdout, stderr) =>
    resolve(stdout + stderr),
  );
  return promise;
}

test.each(['status', 'sql "select"', 'systems list', 'export --to x'])(
  'on a home that was named, %s names it in the commands that it advises',
  async (line) => {
    const advised = (await said(line.replaceAll('"', '').split(' '))).match(/(npx velolog|npm)\b[^`)\n]*/g);
    expect(advised).not.toBeNull();
    for (const command of advised ?? []) expect(command).toContain(`--home ${home}`);
  },
);
