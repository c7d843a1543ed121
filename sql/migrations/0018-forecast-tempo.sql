-- Older workers: go on
-- How busy each system is against what is usual at the hour (packages/forecast/src/tempo.ts): packages/store/src/upkeep/forecast measures it every few minutes.

-- What an older worker fits knows no tempo, and is asked without one.
alter table velolog.forecast_model add column tempo_terms real[] not null default '{}';
alter table velolog.forecast_model alter column tempo_terms set storage plain;

create table velolog.forecast_tempo (
  system_key integer primary key references velolog.system,
  stations integer not null, -- that the model was fitted from
  usual_moves real[] not null, -- changes of counts per station and hour, at each hour of the week; null where that is not known
  seen_at timestamptz, -- the observation at which tempo was measured
  tempo real -- natural log of moves now over the usual
);
