-- Older workers: go on
-- What is in a box, of all systems (packages/live/src/questions/place). Latitude first: a box is a band around the Earth with the few
-- stations of its height, and the index itself tells their longitude.
create index station_place on velolog.station (lat, lon);
