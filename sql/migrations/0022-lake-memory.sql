-- Older workers: go on
-- What the database remembers of the lakes that were written from it (packages/lake), so that a lake whose disk is not mounted is told apart
-- from one that has never been written.

create table velolog.lake (
  name text primary key, -- the path of the folder, or the catalogue and its warehouse
  written_at timestamptz not null default now()
);

-- Months that retention would drop, and what the lake worker has read of them in a catalogue, which the store cannot read itself.
create table velolog.lake_check (
  lake text not null,
  month_at timestamptz not null, -- its beginning, in UTC
  asked_at timestamptz not null default now(),
  answered_at timestamptz, -- null: the lake worker has not looked yet
  problem text, -- why none of it counts; null: nothing is wrong
  held jsonb not null default '[]', -- [{system_id, generation, rows, checksum}], worked out from the rows that are there
  primary key (lake, month_at)
);
