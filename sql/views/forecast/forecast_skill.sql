-- forecast_skill: how good the forecasts of a system were, by day.
-- Grain: one row per system, target (`bike`, `dock`), minutes ahead and local day, over the forecasts that came due while the feed was observed.
-- brier is the mean squared error of the probability given. skill_* is by which share it is lower than the Brier score of a reference: the present state
-- (persistence), the share of past cases with the same count (damped), and the usual week (profile); null if the reference made no error.
-- brier_model is the model's score, even for days on which the model was not used. bin_*: reliability by tenths of probability.
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
