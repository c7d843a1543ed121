-- read_position: how far the store has read each partition of Kafka.
-- Grain: one row per partition of a topic of a cluster. All records below next_offset are in the tables or in the dead letters.
-- Reads: kafka_position. Read by: packages/cli.
create view api.read_position as
select cluster_id, topic, partition, next_offset
from velolog.kafka_position;
