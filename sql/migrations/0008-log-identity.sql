-- Which log a position is in: a name and a cluster id say too little (docs/adr/0008).
alter table velolog.kafka_position
  add column topic_id text, -- Kafka's own; null: not known
  add column leader_epoch integer; -- of the last record before next_offset; null: not known

-- What Kafka lost, for whatever reason. The same offset may be lost more than once.
alter table velolog.kafka_loss
  drop constraint kafka_loss_pkey,
  add column loss_key bigint generated always as identity primary key,
  add column topic_id text,
  add column reason text not null default 'retention' check (reason in ('retention', 'cut_back', 'made_anew')),
  alter column to_offset drop not null; -- null: how much is not known
alter table velolog.kafka_loss alter column reason drop default;
