import { getContainerRuntimeClient } from 'testcontainers';

/** Where tests get their PostgreSQL and Kafka. */
export type Servers = 'embedded' | 'docker';

/** Docker if an engine answers, else the embedded servers; VELOLOG_TEST_SERVERS takes precedence. */
export async function chooseServers(env: NodeJS.ProcessEnv): Promise<Servers> {
  const wanted = env.VELOLOG_TEST_SERVERS;
  if (wanted === 'embedded' || wanted === 'docker') return wanted;
  if (wanted) throw new Error(`VELOLOG_TEST_SERVERS is "${wanted}"; expected embedded or docker`);
  try {
    await getContainerRuntimeClient();
    return 'docker';
  } catch {
    return 'embedded';
  }
}

/** One line for people: which servers the tests of this run use. */
export function describeServers(servers: Servers, env: NodeJS.ProcessEnv): string {
  const own = servers === 'docker' ? 'in Docker (testcontainers)' : 'embedded, no Docker needed';
  const database = env.TEST_DATABASE_URL ? `of TEST_DATABASE_URL (${hostOf(env.TEST_DATABASE_URL)})` : own;
  const kafka = env.TEST_KAFKA_BROKERS ? `of TEST_KAFKA_BROKERS (${env.TEST_KAFKA_BROKERS})` : own;
  return database === kafka
    ? `Test servers: PostgreSQL and Kafka ${own}`
    : `Test servers: PostgreSQL ${database}; Kafka ${kafka}`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'not a URL';
}
