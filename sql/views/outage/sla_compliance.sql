-- sla_compliance: for what share of its service hours each station met the target, with the defaults of
-- sla_compliance_between: 6 to 22 o'clock local time, the first 10 minutes of an outage tolerated.
-- Grain: one row per station and local day, from its first to its last observation; see sla_compliance_between.
-- The view reads the whole history of each system. For a range of days ask sla_compliance_between, which does not.
-- Reads: sla_compliance_between, system. Read by: people.
create view api.sla_compliance as
select compliance.*
from velolog.system
cross join lateral api.sla_compliance_between('-infinity', 'infinity', system.system_id) as compliance;
