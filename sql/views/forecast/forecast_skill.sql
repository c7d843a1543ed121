-- forecast_skill: how good the forecasts of a system were, day by day.
-- Grain: one row per system, target (`bike`, `dock`), minutes ahead and local day, of forecasts that were made and came due while somebody looked.
-- brier is the mean squared error of the probability that was given; skill_* the share of a reference's Brier score that it saved: of what is there now
-- (persistence), of the share of past cases with the same count (damped) and of the usual week (profile); null where the reference made no error.
-- brier_model is that of the model, also on days on which it was not used. bin_*: reliability by tenths of probability.
-- Reads: forecast_score, system. Read by: station_forecast, dashboards.
create view api.forecast_skill as
select
  system.system_id,
  score.target,
  score.minutes::integer as minutes,
  score.day,
  score.pairs,
  score.used / nullif(score.pairs, 0) as brier,
  1 - score.used / nullif(score.persistence, 0) as skill_persistence,
  1 - score.used / nullif(score.damped, 0) as skill_damped,
  1 - score.used / nullif(score.profile, 0) as skill_profile,
  score.model / nullif(score.pairs, 0) as brier_model,
  score.persistence / nullif(score.pairs, 0) as brier_persistence,
  score.damped / nullif(score.pairs, 0) as brier_damped,
  score.profile / nullif(score.pairs, 0) as brier_profile,
  score.bin_cases,
  score.bin_forecast,
  score.bin_observed
from velolog.forecast_score as score
join velolog.system using (system_key);
