import { join } from 'node:path';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { createTestFolder } from '../servers/embedded-servers.ts';

/** A PostgreSQL and a Kafka that a test may kill and start again. Both keep their ports, as servers do. */
export type OwnServers = {
  folder: string;
  databaseUrl: string;
  brokers: string;
  /** For store workers (KAFKA_SESSION_TIMEOUT_SECONDS): as short as this machine allows now. Half of the time of a fault is spent waiting for it. */
  readonly sessionSeconds: number;
  killPostgres(): void;
  startPostgres(): Promise<void>;
  killKafka(): void;
  startKafka(): Promise<void>;
};

const KAFKA_START_MS = 4_000;
const SLOWNESS_MAX = 10;

/** @param stops gets what ends the servers and removes their folder, to be called in reverse order */
export async function startOwnServers(stops: (() => Promise<void>)[]): Promise<OwnServers> {
  const folder = createTestFolder(stops);
  const settings: Record<string, string> = { 'group.min.session.timeout.ms': '1000' };
  // As PostgreSQL is for users: fsync on, so that what was committed survives the kill.
  const postgresDirectory = join(folder, 'postgres');
  const kafkaDirectory = join(folder, 'kafka');
  let slowness = 1;
  // A start takes less than 2 s on an idle machine. Where all takes longer, so must what is waited for. Each start measures anew: what
  // kept the machine busy at the first may be over.
  const startKafka = async (port?: number): Promise<EmbeddedKafka> => {
    const startedAt = performance.now();
    const started = await startEmbeddedKafka({
      directory: kafkaDirectory,
      settings,
      ...(port !== undefined && { port }),
    });
    slowness = Math.min(SLOWNESS_MAX, Math.max(1, (performance.now() - startedAt) / KAFKA_START_MS));
    // For so long a broker that was killed cannot start again.
    settings['broker.session.timeout.ms'] = String(Math.round(2_000 * slowness));
    settings['broker.heartbeat.interval.ms'] = '500';
    return started;
  };
  let kafka = await startKafka();
  stops.push(async () => kafka.kill());
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ directory: postgresDirectory });
  stops.push(async () => postgres.kill());
  return {
    folder,
    databaseUrl: postgres.url,
    brokers: kafka.brokers.join(','),
    get sessionSeconds() {
      return Math.ceil(3 * slowness);
    },
    killPostgres: () => postgres.kill(),
    startPostgres: async () => {
      postgres = await startEmbeddedPostgres({ directory: postgresDirectory, port: postgres.port });
    },
    killKafka: () => kafka.kill(),
    startKafka: async () => {
      kafka = await startKafka(kafka.port);
    },
  };
}
