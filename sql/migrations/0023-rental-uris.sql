-- Older workers: go on
-- Where to rent at a station, as station_information says: {"web", "android", "ios"}.
alter table velolog.station add column rental_uris jsonb;
