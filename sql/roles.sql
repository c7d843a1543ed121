-- velolog_reader: what Grafana, the page and `velolog sql` log in as. It sees the schema api, may change nothing,
-- and no question of its may run for longer than its statement timeout.
-- Applied at every start, after the views; the password is set by packages/store/src/migrate/migrate.ts.
alter role velolog_reader set default_transaction_read_only = on;
alter role velolog_reader set statement_timeout = '15s';
alter role velolog_reader set idle_in_transaction_session_timeout = '60s';
alter role velolog_reader set search_path = api;
-- Data is on solid state disks or in memory: with the default of 4 the planner sorts what an index would give in order.
alter role velolog_reader set random_page_cost = 1.1;
-- Questions here take milliseconds; compiling one that is planned as costly takes seconds (where PostgreSQL has LLVM).
alter role velolog_reader set jit = off;
grant usage on schema api to velolog_reader;
grant select on all tables in schema api to velolog_reader;
grant execute on all functions in schema api to velolog_reader;
-- Temporary tables would fill the disk of whoever lets strangers ask. Everybody may make them unless the database says otherwise, and
-- only its owner can say so.
do $$
begin
  if has_database_privilege('velolog_reader', current_database(), 'temporary')
    and (select pg_has_role(datdba, 'usage') from pg_database where datname = current_database())
  then
    execute format('revoke temporary on database %I from public', current_database());
  end if;
end
$$;
