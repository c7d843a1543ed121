import type pg from 'pg';
import { type Grants, readGrants, restoreGrants } from './grants.ts';
import { UnusableDatabase } from './unusable-database.ts';
import type { ViewFile } from './view-file.ts';

/**
 * Brings the schema `api` in line with the files, within the caller's transaction: only what changed, or uses something
 * that changed, is created again. It is replaced in place if PostgreSQL can (a view that gained columns), so that what
 * others built on it keeps working; otherwise it is dropped together with those of our own objects that use it, but
 * never what others made. Grants of others are kept.
 * @throws UnusableDatabase with the names, if others have built a view on one that must be dropped
 */
export async function applyViews(client: pg.Client, files: ViewFile[]): Promise<void> {
  const schema = await readSchema(client);
  const changed = files.filter((file) => !isApplied(schema, file));
  const wanted = new Set(files.map((file) => file.name));
  const gone = [...schema.applied.values()].filter((view) => !wanted.has(view.name));
  for (const view of gone.reverse()) await dropWithUsers(client, schema, view.name, changed);
  for (const file of changed) await make(client, schema, file, changed);
  for (const { name } of gone) await client.query('delete from velolog.applied_view where name = $1', [name]);
}

/** `identity`: PostgreSQL's name for it; for a function, with the types of its arguments. */
type Thing = { name: string; kind: ViewFile['kind']; identity: string };

type Schema = {
  /** What we created and recorded. */
  applied: Map<string, Thing & { hash: string }>;
  /** Existing views and functions, ours and others'. */
  present: Thing[];
  /** All were created by a version that recorded nothing: whatever has the name of a file is ours. */
  isUnrecorded: boolean;
  /** Grants on what has been dropped and is to be created again. */
  grants: Map<string, Grants>;
};

const PRESENT = `
  select relname as name, 'view' as kind, format('api.%I', relname) as identity
  from pg_class where relnamespace = 'api'::regnamespace and relkind in ('v', 'm', 'r')
  union all
  select proname, 'function', oid::regprocedure::text from pg_proc where pronamespace = 'api'::regnamespace`;

async function readSchema(client: pg.Client): Promise<Schema> {
  await client.query('create schema if not exists api');
  const applied = await client.query<Thing & { hash: string }>(
    'select name, kind, identity, hash from velolog.applied_view order by position',
  );
  const present = await client.query<Thing>(PRESENT);
  return {
    applied: new Map(applied.rows.map((row) => [row.name, row])),
    present: present.rows,
    isUnrecorded: applied.rows.length === 0,
    grants: new Map(),
  };
}

function isApplied({ applied, present }: Schema, file: ViewFile): boolean {
  const view = applied.get(file.name);
  return view?.hash === file.hash && present.some(({ identity }) => identity === view.identity);
}

/** Our objects of this name as they exist now: none, one, or the old and the new form of a function. */
function oursOf(schema: Schema, name: string): Thing[] {
  if (schema.isUnrecorded) return schema.present.filter((thing) => thing.name === name);
  const known = schema.applied.get(name);
  return schema.present.filter((thing) => thing.name === name && thing.identity === known?.identity);
}

async function make(client: pg.Client, schema: Schema, file: ViewFile, changed: ViewFile[]): Promise<void> {
  const before = oursOf(schema, file.name);
  const others = schema.present.filter((thing) => thing.name === file.name && !before.includes(thing));
  if (others.length > 0) {
    throw new UnusableDatabase(
      `${others.map(({ identity }) => identity).join(', ')} is there already and was not made by Velolog, which needs the name: rename it or move it to another schema, and start again`,
    );
  }
  if (!(await replaced(client, file))) {
    await dropWithUsers(client, schema, file.name, changed);
    await client.query(file.statement);
  }
  await refresh(client, schema);
  const made = await dropOldForms(client, schema, file, before);
  const grants = schema.grants.get(file.name);
  if (grants !== undefined) await restoreGrants(client, file.kind, made.identity, grants);
  await client.query(
    `insert into velolog.applied_view (name, kind, identity, hash, position)
     values ($1, $2, $3, $4, (select coalesce(max(position), 0) + 1 from velolog.applied_view))
     on conflict (name) do update set kind = excluded.kind, identity = excluded.identity, hash = excluded.hash, position = excluded.position`,
    [file.name, file.kind, made.identity, file.hash],
  );
}

/** SQLSTATEs for changes that cannot be made in place: other columns or arguments, or another kind of object. */
const NOT_IN_PLACE = new Set(['42P16', '42P13', '42809', '42710', '42723']);

/** Replaces the object in place; false if PostgreSQL cannot do so. */
async function replaced(client: pg.Client, file: ViewFile): Promise<boolean> {
  await client.query('savepoint in_place');
  try {
    await client.query(file.statement);
    await client.query('release savepoint in_place');
    return true;
  } catch (error) {
    if (!NOT_IN_PLACE.has((error as { code?: string }).code ?? '')) throw error;
    await client.query('rollback to savepoint in_place');
    return false;
  }
}

async function refresh(client: pg.Client, schema: Schema): Promise<void> {
  schema.present = (await client.query<Thing>(PRESENT)).rows;
}

/** A function with other arguments is created beside its old form; this drops the old form and returns the new one. */
async function dropOldForms(
  client: pg.Client,
  schema: Schema,
  file: ViewFile,
  before: Thing[],
): Promise<Thing> {
  const now = schema.present.filter((thing) => thing.name === file.name);
  const isNew = (thing: Thing) => !before.some(({ identity }) => identity === thing.identity);
  const made = now.find(isNew) ?? now[0];
  if (made === undefined) throw new Error(`api.${file.name} is missing after it was made`);
  for (const old of now.filter((thing) => thing !== made)) {
    if (!before.some(({ identity }) => identity === old.identity)) continue;
    schema.grants.set(file.name, await readGrants(client, old.kind, old.identity));
    await drop(client, schema, old);
  }
  return made;
}

/** Drops the object after all our objects that use it, which come later in `changed` and are created again then. */
async function dropWithUsers(
  client: pg.Client,
  schema: Schema,
  name: string,
  changed: ViewFile[],
): Promise<void> {
  const users = changed.filter((file) => file.uses.has(name)).reverse();
  const things = [...users.flatMap((user) => oursOf(schema, user.name)), ...oursOf(schema, name)];
  for (const thing of things) {
    const isThere = (
      await client.query(`select from (${PRESENT}) as thing where identity = $1`, [thing.identity])
    ).rowCount;
    if (!isThere) continue;
    schema.grants.set(thing.name, await readGrants(client, thing.kind, thing.identity));
    await drop(client, schema, thing);
  }
}

const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01';

async function drop(client: pg.Client, schema: Schema, thing: Thing): Promise<void> {
  await client.query('savepoint dropping');
  try {
    await client.query(`drop ${thing.kind} ${thing.identity} restrict`);
    await client.query('release savepoint dropping');
  } catch (error) {
    if ((error as { code?: string }).code !== DEPENDENT_OBJECTS_STILL_EXIST) throw error;
    await client.query('rollback to savepoint dropping');
    const users = await usersOf(client, schema, thing);
    throw new UnusableDatabase(
      `This version changes ${thing.identity}, on which others have built: ${users.join(', ')}. Velolog drops nothing of theirs: keep their definition, drop them, start again, and recreate them`,
      { cause: error },
    );
  }
  await refresh(client, schema);
}

/** Names of what others built directly on it. */
async function usersOf(client: pg.Client, schema: Schema, { kind, identity }: Thing): Promise<string[]> {
  const target =
    kind === 'view'
      ? `select 'pg_class'::regclass as class, $1::regclass::oid as id
         union all select 'pg_type'::regclass, reltype from pg_class where oid = $1::regclass
         union all select 'pg_type'::regclass, typarray from pg_type join pg_class on pg_class.reltype = pg_type.oid where pg_class.oid = $1::regclass`
      : `select 'pg_proc'::regclass as class, $1::regprocedure::oid as id`;
  const { rows } = await client.query<{ name: string }>(
    `select distinct coalesce(
       (
         select case relkind when 'm' then 'materialized view ' else 'view ' end || format('%I.%I', nspname, relname)
         from pg_rewrite join pg_class on pg_class.oid = ev_class join pg_namespace on pg_namespace.oid = relnamespace
         where pg_rewrite.oid = depend.objid and depend.classid = 'pg_rewrite'::regclass
       ),
       (select format('%s %s', type, identity) from pg_identify_object(depend.classid, depend.objid, depend.objsubid))
     ) as name
     from (${target}) as target
     join pg_depend as depend on depend.refclassid = target.class and depend.refobjid = target.id
     where depend.deptype in ('n', 'a') order by 1`,
    [identity],
  );
  const own = new Set(
    schema.present
      .filter((thing) => oursOf(schema, thing.name).includes(thing))
      .map((thing) => `${thing.kind} ${thing.identity}`),
  );
  return rows.map((row) => row.name).filter((name) => !own.has(name));
}
