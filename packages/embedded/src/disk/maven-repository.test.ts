import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { needsOwnRepository } from './maven-repository.ts';

test('a user with a home, also one that is still to be made, needs none; one without does', () => {
  const home = mkdtempSync(join(tmpdir(), 'velolog-m2-'));
  expect(needsOwnRepository(home)).toBe(false);
  expect(needsOwnRepository(join(home, 'later'))).toBe(false);
  expect(needsOwnRepository(null)).toBe(true);
});

const asNobody = ['--reuid=nobody', '--regid=nogroup', '--clear-groups'];
const file = new URL('./maven-repository.ts', import.meta.url);
/** Not where the project lies in a folder that is its owner's alone. */
const canBeNobody = spawnSync('setpriv', [...asNobody, 'test', '-r', fileURLToPath(file)]).status === 0;

test('a system user needs one, whatever HOME says', (context) => {
  context.skip(!canBeNobody, 'the user nobody cannot read the project here');
  const program = `import { needsOwnRepository } from '${file.href}'; console.log(needsOwnRepository());`;
  const args = [...asNobody, process.execPath, '--input-type=module', '--eval', program];
  const { NODE_COMPILE_CACHE, ...env } = process.env;
  expect(execFileSync('setpriv', args, { env: { ...env, HOME: tmpdir() }, encoding: 'utf8' })).toBe('true\n');
});
