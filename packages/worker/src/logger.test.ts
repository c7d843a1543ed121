import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { hasCommand } from '../../../test/servers/has-command.ts';
import { printable } from './printable.ts';

const logger = new URL('./logger.ts', import.meta.url).href;
const NASTY = 'Quay \u001b]0;title\u0007\u009b31m \u202e\r\b\\u001b "x"\n\tnext';
const program = `
  const { createLogger } = await import(${JSON.stringify(logger)});
  createLogger('test').warn({ reason: ${JSON.stringify(NASTY)} }, ${JSON.stringify(NASTY)});
`;

const hasScript = process.platform === 'linux' && hasCommand('script');

test.runIf(hasScript)(
  'on a terminal a log writes out what would steer it, and keeps the lines of a message',
  () => {
    const { stdout } = spawnSync('script', ['-qec', `"${process.execPath}" -e "$PROGRAM"`, '/dev/null'], {
      env: { ...process.env, PROGRAM: program, NO_COLOR: '1' },
      encoding: 'utf8',
    });
    expect(stdout).toContain('\\x1B]0;title\\x07\\x9B31m \\u202E\\r\\x08\\u001b "x"');
    expect(stdout).toMatch(/\n\s*next/);
    // Its own colours are left, and what ends its lines.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const said = stdout.replaceAll(/\u001b\[[0-9;]*m|\r?\n|\t/g, '');
    expect(printable(said)).toBe(said);
  },
);

test('elsewhere a log is JSON, in which a message is as it was', () => {
  const { stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(JSON.parse(stderr)).toMatchObject({ worker: 'test', reason: NASTY, msg: NASTY });
});
