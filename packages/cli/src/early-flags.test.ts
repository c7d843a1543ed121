import { Command } from 'commander';
import { expect, test } from 'vitest';
import { takeEarlyFlags } from './early-flags.ts';

/** Runs a command line. @returns what the command got, or the message of the refusal */
async function parse(line: string): Promise<unknown> {
  let got: unknown;
  const program = new Command('velolog').exitOverride();
  const note = (path: string) => (flags: object) => {
    got = { path, ...flags };
  };
  program.command('status').option('--home <dir>').option('--json').action(note('status'));
  program.command('demo').option('--home <dir>').action(note('demo'));
  const systems = program.command('systems');
  systems.command('list').option('--home <dir>').option('--json').action(note('systems list'));
  takeEarlyFlags(program);
  for (const one of [program, ...program.commands])
    one.configureOutput({ writeErr: () => {} }).exitOverride();
  try {
    await program.parseAsync(line.split(' '), { from: 'user' });
    return got;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  ['--home a status', { path: 'status', home: 'a' }],
  ['--home a --json status', { path: 'status', home: 'a', json: true }],
  ['status --home a --json', { path: 'status', home: 'a', json: true }],
  ['--home a status --home b', { path: 'status', home: 'b' }],
  ['--home a systems list', { path: 'systems list', home: 'a' }],
  ['systems --home a list --json', { path: 'systems list', home: 'a', json: true }],
  ['--home a systems --home b list', { path: 'systems list', home: 'b' }],
  ['status', { path: 'status' }],
  ['--json demo', "error: unknown option '--json'"],
  ['--hom a status', "error: unknown option '--hom'\n(Did you mean --home?)"],
])('velolog %s', async (line, result) => {
  expect(await parse(line)).toEqual(result);
});
