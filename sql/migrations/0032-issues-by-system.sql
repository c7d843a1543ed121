-- Older workers: go on
-- Finds the issues of a system and of a station, also those that have ended: with 400,000 of them service levels without frozen stations took minutes.
-- It has no column that later checks change, so that a check that finds an issue again leaves the indexes as they are (HOT).
create index data_quality_issue_by_station on velolog.data_quality_issue (system_key, station_id, since);
