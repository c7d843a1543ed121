import { join } from 'node:path';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { createTestFolder } from '../servers/test-folder.ts';

/** A PostgreSQL and a Kafka that a test may kill and restart. Both keep their ports, as real servers do. */
export type OwnServers = {
  folder: string;
  databaseUrl: string;
  brokers: string;
  /**
   * For store workers (KAFKA_SESSION_TIMEOUT_SECONDS): as short as this machine currently allows, because half of the time of a fault is spent
   * waiting for it.
   */
  readonly sessionSeconds: number;
  killPostgres(): void;
  startPostgres(): Promise<void>;
  killKafka(): void;
  startKafka(): Promise<void>;
};

const KAFKA_START_MS = 4_000;
const SLOWNESS_MAX = 10;

/** @param stops collects functions that end the servers and remove their folder, to be called in reverse order */
export async function startOwnServers(stops: (() => Promise<void>)[]): Promise<OwnServers> {
  const folder = createTestFolder(stops);
  const settings: Record<string, string> = { 'group.min.session.timeout.ms': '1000' };
  // PostgreSQL as users run it: with fsync, so that committed data survives the kill.
  const postgresDirectory = join(folder, 'postgres');
  const kafkaDirectory = join(folder, 'kafka');
  let slowness = 1;
  // A start takes less than 2 s on an idle machine. If it takes longer, the timeouts must be longer, too. Each start
  // measures again, because the load may have ended.
  const startKafka = async (port?: number): Promise<EmbeddedKafka> => {
    const startedAt = performance.now();
    const started = await startEmbeddedKafka({
      directory: kafkaDirectory,
      settings,
      ...(port !== undefined && { port }),
    });
    slowness = Math.min(SLOWNESS_MAX, Math.max(1, (performance.now() - startedAt) / KAFKA_START_MS));
    // This long a killed broker cannot start again.
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
