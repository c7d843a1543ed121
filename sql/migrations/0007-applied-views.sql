-- What the schema api was made from, so that a start makes only what changed: views and functions that are not in here belong to others.
create table velolog.applied_view (
  name text primary key,
  kind text not null check (kind in ('view', 'function')),
  identity text not null, -- as PostgreSQL names it: of a function with the types of its arguments
  hash text not null, -- of its code and of all that it uses
  position integer not null -- each was made after those it uses
);
