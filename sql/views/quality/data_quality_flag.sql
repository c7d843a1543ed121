-- data_quality_flag: the faults that quality checks look for in feeds, and why.
-- Grain: one row per flag.
-- known_rate is a measured rate, ours or published; docs/quality.md lists the rates of our recordings. holds_seconds is how much observed time a fault must last before it becomes an issue.
-- is_left_out: the true counts of a station with this flag are not known, so outages, service levels, totals and forecasts omit it if leave_out_flagged is set.
-- is_dead_or_lying: while the flag lasts, riders find something other than the feed says.
-- The checks themselves are in packages/store/src/upkeep/quality.
-- Reads: nothing. Read by: data_quality_issue, flagged_station_between, packages/store, packages/live, dashboards.
create view api.data_quality_flag as
select flag, definition, threshold, why, known_rate, holds_seconds, is_dead_or_lying, flag in ('station_frozen', 'station_zombie') as is_left_out
from (values
  ('feed_frozen', 'The feed answers, and of all its stations or vehicles none has changed.', '60 minutes observed without a pause between 08 and 21 local time; 20 stations or 50 vehicles', 'Riders see counts of an hour ago as if they were new.', 'two weeks at a time in SFOE/sharedmobility#22 and #40', 0, true),
  ('feed_stamp_frozen', 'Stations change, and last_updated does not.', '3 changes', 'A program that trusts last_updated throws away good data.', '2 months in SFOE/sharedmobility#35', 0, false),
  ('stamp_future', 'last_updated or last_reported lies after the time of our fetch.', 'more than 60 s', 'Ages come out negative; the newest of two bodies may be taken for the older.', 'Oslo: 0 of 65,545 bodies', 0, false),
  ('last_reported_uniform', 'All stations or vehicles have the same last_reported.', '20 rows', 'It is the time of the request, not of a report: it says nothing of how old a count is.', 'Oslo: all of 17,602 bodies', 0, false),
  ('ttl_lie', 'The stations change far less often than ttl promises.', 'more than 5 % of the times between changes are longer than 5 × ttl (at least 5 minutes), of 20 or more changes today and yesterday; 20 stations; what may have changed between rarer polls counts against it', 'Polling as often as the feed asks for brings nothing.', null, 0, false),
  ('station_frozen', 'Bikes and docks, and nothing changed for a whole service day, while the other stations did.', '06 to 22 local time, 15 hours of it observed; the median station of the system changed 5 times or more', 'The terminal or its line is likely broken, and the bikes may be gone.', 'Oslo: 0.64 % of station days', 0, true),
  ('station_zombie', 'A frozen station that has not reported for days, either.', 'last_reported is older than 72 h', 'It is out of service and still listed as open.', '12.9 % of stations in a two-day pilot in France (a wider definition)', 0, true),
  ('over_capacity', 'Bikes, docks and disabled ones are more than the capacity.', 'more than capacity, which is above 0', 'One of the numbers is wrong; shares of capacity come out above 100 %.', 'Citi Bike 0.85 %, Bicing 0.8 % of stations', 0, false),
  ('negative_or_huge', 'A count is below 0, or far above what any station holds.', 'below 0, or 999 or more', 'A placeholder is read as bikes.', '-1 at Villo, 999 everywhere in SFOE/sharedmobility#4', 0, true),
  ('types_mismatch', 'The vehicle types of a station do not add up to its vehicles.', 'any difference', 'Counts of e-bikes or of all bikes are wrong.', 'Capital Bikeshare and Dott (gbfs#538); Oslo never', 0, false),
  ('capacity_absent', 'Stations without a capacity.', '50 % or more of 20 or more stations', 'How full a system is cannot be told.', '358 of 580 systems', 0, false),
  ('capacity_placeholder', 'All stations have the same capacity.', '20 stations', 'The number is probably not measured.', '8 of 580 systems', 0, false),
  ('capacity_zero', 'Stations with a capacity of 0.', '1 % or more of 20 or more stations', 'Shares of capacity cannot be worked out.', '19 of 580 systems', 0, false),
  ('null_island_or_swapped', 'A station at latitude and longitude 0, with the two exchanged, or not on earth.', 'both below 0.01°; beyond 90° or 180°; or exchanged it lies within its system and as it is it does not', 'The station is off the map.', 'seen in pybikes and gbfs#648', 0, false),
  ('outlier_place', 'A station far from all others of its system.', 'further from the nearest than the median and 3 median deviations, and than 1 km; 5 stations', 'A wrong place, or a test station.', '1.08 % of 46,307 French stations', 0, false),
  ('oversized_system', 'The stations of a system span a country.', 'more than 50,000 km²', 'It is likely several systems in one, or has a wrong place.', '26 of 580 systems', 0, false),
  ('dangling_id', 'One feed names a station, a vehicle type or a region that the feed for it does not define.', 'for more than an hour in which both feeds were observed', 'It has no name and no place, or counts nowhere.', 'gbfs-validator#217', 3600, false),
  ('duplicate_id', 'An id is in one body twice, or at the same place in another system.', 'once', 'One of the two is counted twice.', 'Citi Bike 1.1; about 12,000 stations of aggregators', 0, false),
  ('unreachable', 'The feed has not answered for a day, or only with an empty list of stations.', '24 h of failed polls, none missing for more than 3 h; where polls are up to 26 h apart by rule, three or more that come regularly', 'Nothing is known of it any more.', '228 of 1,504 systems (2026-05)', 0, true)
) as flags (flag, definition, threshold, why, known_rate, holds_seconds, is_dead_or_lying);
