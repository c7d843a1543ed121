import { catalogueName, folderName } from '@velolog/worker/lake-name';
import { UserError } from '@velolog/worker/user-error';
import type pg from 'pg';
import type { LakePlace } from '../config.ts';

/**
 * The database remembers each lake that was written from it. A folder without a lake is only accepted as new if the
 * database does not remember it: otherwise its disk is not mounted, and a new lake would hide in the mount point while
 * the real one falls behind.
 */
export function nameOf({ dir, catalogue }: LakePlace): string {
  return catalogue === undefined ? folderName(dir) : catalogueName(catalogue);
}

type Client = Pick<pg.Client, 'query'>;

export async function isRemembered(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from velolog.lake where name = $1', [name]);
  return rowCount === 1;
}

export async function remember(client: Client, name: string): Promise<void> {
  await client.query(
    `insert into velolog.lake (name) values ($1) on conflict (name) do update set written_at = now()`,
    [name],
  );
}

export function lakeGone(name: string, isFolder: boolean): UserError {
  return new UserError(
    `${name} has no lake, but this database has written one there. ${
      isFolder
        ? 'Is its disk mounted? Mount it, or restore the folder from a copy'
        : 'Is it the same catalogue, and does it contain the tables of the lake?'
    } Nothing was written and nothing is lost. If it is gone for good, \`npx velolog lake update --anew\` begins a new one`,
  );
}
