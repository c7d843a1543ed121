-- Older workers: go on
-- What packages/store/src/upkeep/forecast fits once a day, and how it judges itself. Derived: nothing here is a function of the records alone.

-- One model per target and time ahead: sums of log odds by what is seen of a station (packages/forecast/src/fit-model.ts). Plain storage: a question looks up
-- single elements for every station, and would unpack the whole array each time.
create table velolog.forecast_model (
  system_key integer not null references velolog.system,
  target text not null check (target in ('bike', 'dock')),
  minutes smallint not null,
  basis text not null check (basis in ('logit', 'table')),
  trained_at timestamptz not null,
  trained_from timestamptz not null,
  profile_weight real not null,
  count_terms real[] not null,
  hour_terms real[] not null,
  since_terms real[] not null,
  trend_terms real[] not null,
  activity_terms real[] not null,
  distance_terms real[] not null,
  correction real[] not null,
  damped real[] not null,
  primary key (system_key, target, minutes)
);
alter table velolog.forecast_model
  alter column count_terms set storage plain,
  alter column hour_terms set storage plain,
  alter column since_terms set storage plain,
  alter column trend_terms set storage plain,
  alter column activity_terms set storage plain,
  alter column distance_terms set storage plain,
  alter column correction set storage plain,
  alter column damped set storage plain;

-- What is usual at each station at an hour of the week (0 to 23, and 24 to 47 on Saturday and Sunday), one array element per station: a question
-- about a whole system reads one row for each time ahead.
create table velolog.forecast_hour (
  system_key integer not null references velolog.system,
  target text not null,
  minutes smallint not null,
  hour smallint not null,
  station_keys integer[] not null,
  activity smallint[] not null,
  profile real[] not null, -- log odds
  change real[] not null,
  deviation real[] not null,
  primary key (system_key, target, minutes, hour)
);

-- Forecasts that were made and have yet to be compared with what came.
create table velolog.forecast_made (
  system_key integer not null references velolog.system,
  minutes smallint not null,
  made_at timestamptz not null, -- the observation that they rest on
  due_at timestamptz not null,
  target text not null,
  station_keys integer[] not null,
  used real[] not null,
  model real[] not null, -- also where it is not the basis
  persistence real[] not null,
  damped real[] not null,
  profile real[] not null,
  primary key (system_key, minutes, target, made_at)
);

-- Sums of squared errors by day (local), and reliability: of the forecasts in each tenth of probability how many, their sum, and how many came true.
create table velolog.forecast_score (
  system_key integer not null references velolog.system,
  day date not null,
  target text not null,
  minutes smallint not null,
  pairs integer not null,
  used double precision not null,
  model double precision not null,
  persistence double precision not null,
  damped double precision not null,
  profile double precision not null,
  bin_cases integer[] not null,
  bin_forecast double precision[] not null,
  bin_observed integer[] not null,
  primary key (system_key, target, minutes, day)
);
