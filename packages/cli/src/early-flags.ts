import type { Command } from 'commander';

const FLAGS = [
  ['--home <dir>', 'folder for all state (default: $VELOLOG_HOME or .velolog)'],
  ['--json', 'print one JSON value'],
] as const;

/** Lets the flags that commands share stand before the name of the command, too: `velolog --home DIR status`. */
export function takeEarlyFlags(program: Command): void {
  addTo(program);
  program.hook('preAction', (_, command) => {
    for (const name of ['home', 'json']) handDown(name, command);
  });
}

function addTo(group: Command): void {
  if (group.commands.length === 0) return;
  for (const [flags, text] of FLAGS) group.option(flags, text);
  // Otherwise a group would take these flags from behind its commands as well.
  group.enablePositionalOptions();
  for (const child of group.commands) addTo(child);
}

/** A flag at the command itself counts more than one before it. */
function handDown(name: string, command: Command): void {
  if (command.getOptionValueSource(name) === 'cli') return;
  for (let group = command.parent; group; group = group.parent) {
    if (group.getOptionValueSource(name) !== 'cli') continue;
    if (!command.options.some((option) => option.attributeName() === name))
      command.error(`error: unknown option '--${name}'`, { code: 'commander.unknownOption' });
    command.setOptionValueWithSource(name, group.getOptionValue(name), 'cli');
    return;
  }
}
