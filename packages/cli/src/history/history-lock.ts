import { HISTORY_LOCK } from '@velolog/store/upkeep/history-lock';
import { UserError } from '@velolog/worker/user-error';
import type pg from 'pg';

/**
 * Locks the history of a system until the connection ends. Imports of different feeds may run at the same time, but no import may run while
 * the system is being forgotten. Otherwise a part of the import could come after the record that says to forget the system, and stay.
 * @throws UserError when another command holds it
 */
export async function holdHistory(
  client: pg.Client,
  system: string,
  to: { import: string } | 'forget',
): Promise<void> {
  const isHeld = async (how: string, name: string): Promise<boolean> => {
    const { rows } = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_lock${how}($1, hashtext($2)) as mine`,
      [HISTORY_LOCK, name],
    );
    return rows[0]?.mine === true;
  };
  const mine =
    to === 'forget'
      ? await isHeld('', system)
      : (await isHeld('_shared', system)) && (await isHeld('', `${system}/${to.import}`));
  if (mine) return;
  const other =
    to === 'forget' ? 'An import of it is' : 'Another import of it, or a command that forgets it, is';
  throw new UserError(`${system} is in use: ${other} running. Wait until that is done, then try again`);
}
