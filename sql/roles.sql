-- What the three roles that read may do in this database: see the schema api, and nothing else. Applied after the views, by the
-- owner of the database; each statement is left out where the owner may not run it (packages/store/src/migrate/roles.ts, which makes the
-- roles and gives them their limits).
grant usage on schema api to velolog_reader, velolog_grafana, velolog_live;

-- Temporary tables would fill the disk where strangers may ask. By default everybody may make them; the owner of the database can forbid it.
revoke temporary on database :database from public;

-- What any role may call, and no reader needs. They belong to the superuser, so only a superuser can take them away: large objects are written,
-- an advisory lock holds up every session that waits for it, and a session may end others of its role. The owner of the database keeps them.
grant execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea), lo_open(oid, integer), lowrite(integer, bytea), lo_truncate(integer, integer), lo_truncate64(integer, bigint), lo_unlink(oid) to pg_database_owner;
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea), lo_open(oid, integer), lowrite(integer, bytea), lo_truncate(integer, integer), lo_truncate64(integer, bigint), lo_unlink(oid) from public;
grant execute on function pg_advisory_lock(bigint), pg_advisory_lock(integer, integer), pg_advisory_lock_shared(bigint), pg_advisory_lock_shared(integer, integer), pg_try_advisory_lock(bigint), pg_try_advisory_lock(integer, integer), pg_try_advisory_lock_shared(bigint), pg_try_advisory_lock_shared(integer, integer) to pg_database_owner;
revoke execute on function pg_advisory_lock(bigint), pg_advisory_lock(integer, integer), pg_advisory_lock_shared(bigint), pg_advisory_lock_shared(integer, integer), pg_try_advisory_lock(bigint), pg_try_advisory_lock(integer, integer), pg_try_advisory_lock_shared(bigint), pg_try_advisory_lock_shared(integer, integer) from public;
grant execute on function pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(integer, integer), pg_advisory_xact_lock_shared(bigint), pg_advisory_xact_lock_shared(integer, integer), pg_try_advisory_xact_lock(bigint), pg_try_advisory_xact_lock(integer, integer), pg_try_advisory_xact_lock_shared(bigint), pg_try_advisory_xact_lock_shared(integer, integer) to pg_database_owner;
revoke execute on function pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(integer, integer), pg_advisory_xact_lock_shared(bigint), pg_advisory_xact_lock_shared(integer, integer), pg_try_advisory_xact_lock(bigint), pg_try_advisory_xact_lock(integer, integer), pg_try_advisory_xact_lock_shared(bigint), pg_try_advisory_xact_lock_shared(integer, integer) from public;
grant execute on function pg_terminate_backend(integer, bigint), pg_cancel_backend(integer), pg_notify(text, text) to pg_database_owner;
revoke execute on function pg_terminate_backend(integer, bigint), pg_cancel_backend(integer), pg_notify(text, text) from public;
