-- Older workers: go on
-- How far forecasts go from the table by count (0) to the model (1): packages/forecast/src/trust.ts. What older workers fit is taken as it is.
alter table velolog.forecast_model add column trust real not null default 1;
