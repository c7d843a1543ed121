import { loginEnvironment } from '@velolog/embedded/broker-properties';
import { type KafkaSettings, kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { readSettings } from '@velolog/worker/settings';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { runningSupervisor } from '../home/home-lock.ts';
import { homeOption } from '../home/home-option.ts';
import { readState, type State } from '../home/state.ts';
import { EMBEDDED_PARTITIONS } from './pipeline-workers.ts';
import { Supervisor } from './supervisor.ts';

type Place = Pick<State, 'brokers' | 'database_url' | 'kafka_login'>;

export type BorrowedPipeline = {
  kafka: KafkaSettings;
  /** Logs in as the owner of the tables. */
  databaseUrl: string;
  /** Stops what was started for this command. */
  stop: () => Promise<void>;
};

/**
 * Returns the pipeline that runs on the home, or that KAFKA_BROKERS and DATABASE_URL name. If there is none, starts one without ingest,
 * to run until the command is done.
 */
export async function borrowPipeline(
  home: Home,
  { what, say, signal }: { what: string; say: (line: string) => void; signal: AbortSignal },
): Promise<BorrowedPipeline> {
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  const runs = runningSupervisor(home) !== null || (KAFKA_BROKERS && DATABASE_URL);
  const own = runs ? null : await startPipeline(home, { what, say, signal });
  try {
    const place = own?.state ?? (await whereItRuns(home));
    return {
      kafka: kafkaSettingsOf(place),
      databaseUrl: place.database_url ?? '',
      stop: async () => own?.stop(),
    };
  } catch (error) {
    await own?.stop();
    throw error;
  }
}

async function startPipeline(
  home: Home,
  { what, say, signal }: { what: string; say: (line: string) => void; signal: AbortSignal },
): Promise<Supervisor> {
  say(`Nothing is running in ${home.path}: starting Kafka, PostgreSQL and the store for ${what}`);
  const supervisor = new Supervisor({
    home,
    mode: 'import',
    ingest: false,
    env: process.env,
    log: say,
    signal,
  });
  try {
    await supervisor.start();
    // The supervisor restarts a server that ends. If a part cannot continue, the command ends.
    supervisor.run().catch((error: Error) => {
      say(`velolog: ${error.message}`);
      process.exit(1);
    });
    return supervisor;
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

export async function whereItRuns(home: Home): Promise<Place> {
  const state = await readState(home);
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  const brokers = state.brokers ?? KAFKA_BROKERS ?? null;
  const database_url = state.database_url ?? DATABASE_URL ?? null;
  if (brokers === null || database_url === null) {
    throw new UserError(
      `The pipeline on ${home.path} is just starting: try again when \`npx velolog status${homeOption(home.path)}\` shows it`,
    );
  }
  return { brokers, database_url, kafka_login: state.kafka_login };
}

export function kafkaSettingsOf({ brokers, kafka_login }: Place): KafkaSettings {
  return readSettings(kafkaSettings, {
    ...process.env,
    KAFKA_BROKERS: brokers ?? undefined,
    ...loginEnvironment(kafka_login ?? undefined),
    // The same number as for the supervisor's workers: whoever comes first creates the topic.
    ...(kafka_login && {
      KAFKA_TOPIC_PARTITIONS: process.env.KAFKA_TOPIC_PARTITIONS || EMBEDDED_PARTITIONS,
    }),
  });
}
