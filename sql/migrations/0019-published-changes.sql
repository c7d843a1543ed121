-- Older workers: go on
-- Up to where the changes of stations are in the topic velolog.changes (CHANGES_TOPIC=1): packages/store/src/changes. Both are empty where the
-- setting is off.

-- When the setting was turned on: what systems had by then is history, what comes after is published.
create table velolog.changes_topic (
  topic text primary key,
  begun_at timestamptz not null
);

create table velolog.published_change (
  system_key integer primary key references velolog.system,
  published_to timestamptz not null -- each change of the live lane up to here is in the topic
);
