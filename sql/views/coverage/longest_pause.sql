-- longest_pause(usual_seconds): how far apart two polls may lie before the time between them counts as not observed: three times the
-- usual time between polls, and at least 2 minutes.
-- Grain: one interval. If usual_seconds is null (not known), it is 2 minutes.
-- This is the only definition of the rule in SQL. The store uses the same numbers to end runs of polls (packages/store/src/memory/coverage.ts);
-- the test beside this file compares the two.
-- Reads: nothing. Read by: held_coverage, held_span, packages/store, dashboards.
create function api.longest_pause(usual_seconds double precision) returns interval
language sql immutable parallel safe
return greatest(120, 3 * usual_seconds) * interval '1 second';
