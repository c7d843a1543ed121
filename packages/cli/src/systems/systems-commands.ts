import type { Command } from 'commander';
import { findHome } from '../home/home.ts';

type Shared = { home?: string; json?: boolean };

/** `velolog systems …`: the catalogue, and what is recorded. */
export function addSystemsCommands(velolog: Command): void {
  const systems = velolog
    .command('systems')
    .description('the catalogue of systems, and which of them are recorded');
  const command = (name: string, text: string) =>
    systems
      .command(name)
      .description(text)
      .option('--home <dir>', 'where all state lives (default: $VELOLOG_HOME, else .velolog)')
      .option('--json', 'as one JSON value');
  const collect = (value: string, before: string[]) => [...before, value];

  command(
    'add',
    'record systems: ids of the catalogue, or discovery URLs; running ingest follows within seconds',
  )
    .argument('[target...]', 'ids or URLs')
    .option('--country <code>', 'all that the catalogue lists there: two letters, such as NO')
    .option('--id <id>', 'what to call the system')
    .option(
      '--header <header>',
      `'Name: value' to send along; a key as '\${NAME}' of ingest's environment`,
      collect,
      [],
    )
    .action(async (targets: string[], o: Shared & { country?: string; id?: string; header: string[] }) => {
      const { addSystems } = await import('./add-systems.ts');
      const { country, id, header: headers, json = false } = o;
      await addSystems({ home: findHome(o.home), targets, country, id, headers, json });
    });
  command('list', 'what is recorded, and how it is').action(async (o: Shared) => {
    const { listSystems } = await import('./list-systems.ts');
    await listSystems(findHome(o.home), { json: o.json ?? false });
  });
  command('remove', 'poll systems no longer; their history stays')
    .argument('<id...>', 'their ids')
    .action(async (ids: string[], o: Shared) => {
      const { removeSystems } = await import('./remove-systems.ts');
      await removeSystems(findHome(o.home), ids, { json: o.json ?? false });
    });
}
