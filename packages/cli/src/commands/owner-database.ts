import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { homeOption } from '../home/home-option.ts';
import { readState } from '../home/state.ts';

/** URL of the running home's database, else DATABASE_URL. It logs in as the owner of the tables. */
export async function ownerDatabaseUrl(home: Home): Promise<string> {
  const url = (await readState(home)).database_url ?? process.env.DATABASE_URL;
  if (url) return url;
  throw new UserError(
    `Nothing is running in ${home.path}: \`npx velolog up --no-ingest${homeOption(home.path)}\` starts it; or set DATABASE_URL`,
  );
}
