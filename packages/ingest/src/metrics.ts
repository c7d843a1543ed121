import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { FeedSeries } from './feed-series.ts';

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

/** All metrics of ingest. A series is absent until its value is known: never 0 for "not known". */
export function createIngestMetrics(registry: Registry) {
  const registers = [registry];
  let bufferBytes = (): number => 0;
  let inFlight = (): number => 0;
  new Gauge({
    name: 'velolog_publish_buffer_bytes',
    help: 'Memory held by polls that Kafka has not acknowledged yet',
    registers,
    collect() {
      this.set(bufferBytes());
    },
  });
  new Gauge({
    name: 'velolog_polls_in_flight',
    help: 'Polls begun and not finished, including those that wait for their turn at a host',
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  return {
    feeds: new FeedSeries(registry),
    ...pollMetrics(registry),
    publish_failures_total: new Counter({
      name: 'velolog_publish_failures_total',
      help: 'Attempts to reach Kafka or to send a batch that failed; the batch is kept and tried again',
      registers,
    }),
    published_records_total: new Counter({
      name: 'velolog_published_records_total',
      help: 'Polls that Kafka has acknowledged',
      registers,
    }),
    publish_dropped_total: new Counter({
      name: 'velolog_publish_dropped_total',
      help: 'Polls that never reached Kafka: the buffer was full, or the body was too large for the topic',
      registers,
    }),
    published_lost_total: new Counter({
      name: 'velolog_published_lost_total',
      help: 'Least number of polls that Kafka acknowledged and then lost, because their topic was recreated or the end of its log was cut off',
      registers,
    }),
    systems_recorded: new Gauge({
      name: 'velolog_systems_recorded',
      help: 'Systems polled according to velolog.systems, or to systems.json until that has been read; absent before either has been read',
      registers,
    }),
    systems_moved_total: new Counter({
      name: 'velolog_systems_moved_total',
      help: 'Systems that moved: their discovery failed for long, and they are now polled at the URL in the catalogue',
      registers,
    }),
    systems_ended: new Gauge({
      name: 'velolog_systems_ended',
      help: 'Systems polled here that their publishers have ended: they are polled once a day; absent before the first check',
      registers,
    }),
    partitions_held: new Gauge({
      name: 'velolog_systems_partitions_held',
      help: 'Partitions of velolog.systems whose systems are polled here; absent until the first one is',
      registers,
    }),
    onCollectBuffer: (read: () => number): void => {
      bufferBytes = read;
    },
    onCollectInFlight: (read: () => number): void => {
      inFlight = read;
    },
  };
}

function pollMetrics(registry: Registry) {
  const registers = [registry];
  return {
    poll_duration_seconds: new Histogram({
      name: 'gbfs_poll_duration_seconds',
      help: 'Time from the request until the whole body has arrived, including redirects, without waiting for a turn at the host',
      labelNames: ['feed', 'outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    poll_delay_seconds: new Histogram({
      name: 'velolog_poll_delay_seconds',
      help: 'How much later than due a request began; more than a second means that the limit of its host or the CPU delays it',
      buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900],
      registers,
    }),
  };
}
