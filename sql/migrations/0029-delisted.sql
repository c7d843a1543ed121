-- Older workers: go on
-- The first list of station_information that lacked the station; null while the newest one has it, or if none ever had it.
-- Older workers do not note it: a station that leaves the list in their time is noted by the next list that a new one reads.
alter table velolog.station add column delisted_at timestamptz;
