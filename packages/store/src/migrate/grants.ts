import type pg from 'pg';

/** Who may do what with a view or function. `column` is null for the whole object; `grantee` is quoted, or `public`. */
type Grant = { privilege: string; column: string | null; grantee: string; is_grantable: boolean };

/** Grants to others, to be repeated after the object was recreated; null when nothing was ever granted or revoked. */
export type Grants = Grant[] | null;

/** @param identity such as `api.system` or `api.station_at(timestamp with time zone,text)` */
export async function readGrants(
  client: pg.Client,
  kind: 'view' | 'function',
  identity: string,
): Promise<Grants> {
  const acls =
    kind === 'view'
      ? `select relacl as acl, null as column from pg_class where oid = $1::regclass
         union all
         select attacl, quote_ident(attname) from pg_attribute where attrelid = $1::regclass and attacl is not null`
      : 'select proacl as acl, null as column from pg_proc where oid = $1::regprocedure';
  const { rows } = await client.query<{ has_acl: boolean } & Grant>(
    `select acl is not null as has_acl, entry.privilege_type as privilege, acls.column,
       case entry.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(entry.grantee)) end as grantee, entry.is_grantable
     from (${acls}) as acls
     left join lateral aclexplode(acls.acl) as entry on true`,
    [identity],
  );
  if (!rows.some((row) => row.has_acl)) return null;
  return rows.filter((row) => row.privilege !== null);
}

/** Repeats the grants of the old object on the recreated one; grants on columns only if the columns still exist. */
export async function restoreGrants(
  client: pg.Client,
  kind: 'view' | 'function',
  identity: string,
  grants: Grants,
): Promise<void> {
  if (grants === null) return;
  const on = kind === 'view' ? identity : `function ${identity}`;
  await client.query(`revoke all on ${on} from public`);
  const columns = kind === 'view' ? await columnsOf(client, identity) : [];
  for (const { privilege, column, grantee, is_grantable } of grants) {
    if (column !== null && !columns.includes(column)) continue;
    const what = column === null ? privilege : `${privilege} (${column})`;
    await client.query(
      `grant ${what} on ${on} to ${grantee}${is_grantable && grantee !== 'public' ? ' with grant option' : ''}`,
    );
  }
}

async function columnsOf(client: pg.Client, view: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select quote_ident(attname) as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped',
    [view],
  );
  return rows.map((row) => row.name);
}
