-- longest_pause(usual_seconds): how long two polls may lie apart before the time between them counts as not observed: three times the
-- usual time between polls, and at least 2 minutes.
-- Grain: one interval. Null usual_seconds: not known, 2 minutes.
-- The one home of this rule for SQL. The store uses the same numbers when it cuts runs of polls (packages/store/src/memory/coverage.ts);
-- the test beside this file holds the two together.
-- Reads: nothing. Read by: held_coverage, held_span, packages/store, packages/live.
create function api.longest_pause(usual_seconds double precision) returns interval
language sql immutable parallel safe
return greatest(120, 3 * usual_seconds) * interval '1 second';
