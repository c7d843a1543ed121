import { createHash } from 'node:crypto';
import type { SqlFile } from './sql-files.ts';

/** A view or function of the schema api, from its file in sql/views. */
export type ViewFile = {
  name: string;
  kind: 'view' | 'function';
  /** `create or replace …`, without comments before it. */
  statement: string;
  /** Names of the views and functions that it uses, directly or through others. */
  uses: Set<string>;
  /**
   * Hash of its own code and of the code of all that it uses: if it differs, the view is created again. Comments do not
   * count.
   */
  hash: string;
};

/** The views in an order in which each comes after those it uses. */
export function readViewFiles(files: SqlFile[]): ViewFile[] {
  const made = new Map<string, ViewFile>();
  for (const file of inOrderOfUse(files)) {
    const name = nameOf(file);
    const code = withoutComments(file);
    const head = /^\s*create (view|function) api\.(\w+)/.exec(code);
    if (head?.[2] !== name) throw new Error(`${file.name} does not create api.${name}`);
    const used = directUses(file).flatMap((other) => made.get(other) ?? []);
    made.set(name, {
      name,
      kind: head[1] as ViewFile['kind'],
      statement: file.text.replace(/^create /m, 'create or replace '),
      uses: new Set(used.flatMap((view) => [view.name, ...view.uses])),
      hash: createHash('sha256')
        .update([code, ...used.map((view) => view.hash).sort()].join('\0'))
        .digest('hex'),
    });
  }
  return [...made.values()];
}

/** A view comes after those whose names (`api.name`) occur in its text outside comments; otherwise by name. */
function inOrderOfUse(files: SqlFile[]): SqlFile[] {
  const byName = new Map(files.map((file) => [nameOf(file), file]));
  const ordered = new Set<SqlFile>();
  const visit = (file: SqlFile, users: SqlFile[]): void => {
    if (users.includes(file))
      throw new Error(`The views ${users.map((user) => user.name)} depend on each other`);
    for (const name of directUses(file)) {
      const used = byName.get(name);
      if (used !== undefined && !ordered.has(used)) visit(used, [...users, file]);
    }
    ordered.add(file);
  };
  for (const file of files) visit(file, []);
  return [...ordered];
}

function directUses(file: SqlFile): string[] {
  const names = [...withoutComments(file).matchAll(/\bapi\.(\w+)/g)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => name !== nameOf(file));
}

function nameOf(file: SqlFile): string {
  return file.name.replace('.sql', '');
}

function withoutComments(file: SqlFile): string {
  return file.text.replaceAll(/--.*/g, '').replaceAll(/\s+/g, ' ').trim();
}
