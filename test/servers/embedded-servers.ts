import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchProgress } from '@velolog/cli/supervisor/fetch-progress';
import { startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { postgresOfMajor } from './postgres-major.ts';

type Stop = () => Promise<void>;

export async function startTestPostgres(folder: string, stops: Stop[]): Promise<string> {
  const directory = join(folder, 'postgres');
  mkdirSync(directory);
  const settings = {
    // The cluster is discarded after the run, so losing data in a power cut does not matter, and each commit is faster.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  };
  const packageFolder = postgresOfMajor(process.env.VELOLOG_TEST_POSTGRES, process.env);
  const server = await startEmbeddedPostgres({ directory, settings, packageFolder });
  stops.push(() => server.stop());
  return server.url;
}

export async function startTestKafka(folder: string, stops: Stop[]): Promise<string> {
  const server = await startEmbeddedKafka({
    directory: join(folder, 'kafka'),
    // Where Kafka starts for the first time, every test would wait for the archive; the test of the demo makes it beside the others.
    makesArchive: false,
    progress: fetchProgress(),
  });
  stops.push(async () => server.kill());
  return server.brokers.join(',');
}
