import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of sql/; `name` is the file name, including `.sql`. */
export type SqlFile = { name: string; text: string };

const SQL_FOLDER = new URL('../../../../sql/', import.meta.url);

/** All files of a folder and its subfolders, by name. */
export function readSqlFolder(name: string): SqlFile[] {
  const folder = fileURLToPath(new URL(`${name}/`, SQL_FOLDER));
  return globSync('**/*.sql', { cwd: folder })
    .map((path) => ({ name: basename(path), text: readFileSync(join(folder, path), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function readSqlFile(name: string): string {
  return readFileSync(new URL(name, SQL_FOLDER), 'utf8');
}
