import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { EXAMPLES } from './help.ts';
import { program } from './program.ts';

/** Every command that does something, by its path; hidden ones are not for people. */
function commandsBelow(command: Command, path: string[] = []): [string, Command][] {
  const shown = command.createHelp().visibleCommands(command);
  const children = shown.filter((child) => child.name() !== 'help');
  if (children.length === 0) return [[path.join(' '), command]];
  return children.flatMap((child) => commandsBelow(child, [...path, child.name()]));
}

const commands = commandsBelow(program());

/** As a shell does. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? '');
}

test('every command has examples, and no example has another command', () => {
  expect(Object.keys(EXAMPLES).toSorted()).toEqual(commands.map(([path]) => path).toSorted());
});

test.each(commands)(
  '%s takes its own examples, takes --home, and shows no empty default',
  (path, command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toMatch(/--home <dir>/);
    expect(help).not.toMatch(/default: (\[\]|false|true)/);
    for (const example of EXAMPLES[path] ?? []) {
      expect(help).toContain(example);
      const after = words(example.slice(example.indexOf('npx velolog ') + 12)).slice(path.split(' ').length);
      const { operands, unknown } = command.parseOptions(after);
      expect(unknown, example).toEqual([]);
      expect(operands.length, example).toBeGreaterThanOrEqual(
        command.registeredArguments.filter(({ required }) => required).length,
      );
      if (command.registeredArguments.length === 0) expect(operands, example).toEqual([]);
    }
  },
);
