import type { Command } from 'commander';
import { findHome } from '../home/home.ts';
import { addCredentialOptions, type CredentialFlags } from './credentials.ts';

type Shared = { home?: string; json?: boolean };
type AddFlags = Shared & CredentialFlags & { country?: string; all?: boolean; id?: string };

/** `velolog systems …`: searches the catalogue and manages the recorded systems. */
export function addSystemsCommands(velolog: Command): void {
  const systems = velolog
    .command('systems')
    .description('search the catalogue of systems, and choose which to record');
  const command = (name: string, text: string) =>
    systems
      .command(name)
      .description(text)
      .option('--home <dir>', 'folder for all state (default: $VELOLOG_HOME or .velolog)')
      .option('--json', 'print one JSON value');
  command('search', 'find systems in the catalogue by id, name, place or country')
    .argument('[text...]', 'words that must all match; case and accents do not matter')
    .option('--country <code>', 'only in this country: two letters, such as NO')
    .option('--near <lat,lon>', 'only within 50 km, the nearest first, such as 59.9,10.7')
    .action(async (text: string[], o: Shared & { country?: string; near?: string }) => {
      const { searchSystems } = await import('./search-systems.ts');
      const { country, near, json = false } = o;
      await searchSystems({ home: findHome(o.home), text: text.join(' '), country, near, json });
    });
  addCredentialOptions(
    command('show', 'ask a publisher once: feeds, stations, vehicles, licence, keys it needs'),
  )
    .argument('<target>', 'an id or a discovery URL')
    .action(async (target: string, o: Shared & CredentialFlags) => {
      const { showSystem } = await import('./show-system.ts');
      await showSystem({ home: findHome(o.home), target, credentials: o, json: o.json ?? false });
    });
  addCredentialOptions(
    command(
      'add',
      'record systems: ids from the catalogue, or discovery URLs; the running ingest worker follows within seconds',
    ),
  )
    .argument('[target...]', 'ids or URLs')
    .option(
      '--country <code>',
      'all systems that the catalogue lists in this country: two letters, such as NO',
    )
    .option('--all', 'all systems that the catalogue lists')
    .option('--id <id>', 'the system_id to record it under')
    .action(async (targets: string[], o: AddFlags) => {
      const { addSystems } = await import('./add-systems.ts');
      const { home, country, all = false, id, json = false, ...credentials } = o;
      await addSystems({ home: findHome(home), targets, country, all, id, credentials, json });
    });
  command('list', 'list the recorded systems and their state').action(async (o: Shared) => {
    const { listSystems } = await import('./list-systems.ts');
    await listSystems(findHome(o.home), { json: o.json ?? false });
  });
  command('remove', 'stop polling systems; their history stays')
    .argument('<id...>', 'their ids')
    .action(async (ids: string[], o: Shared) => {
      const { removeSystems } = await import('./remove-systems.ts');
      await removeSystems(findHome(o.home), ids, { json: o.json ?? false });
    });
}
