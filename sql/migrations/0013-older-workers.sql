-- Older workers: go on
-- Each migration says whether workers of an older version may go on beside it. An older worker that starts reads it here.
alter table velolog.migration add column breaks_older_workers boolean not null default true;
