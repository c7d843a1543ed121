import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerPlan, brokerProperties } from './broker-properties.ts';
import { javaArguments, KAFKA_FOLDER } from './kafka-jars.ts';

/** Does the work of `kafka-storage format`: gives the cluster its id and sets its initial features. */
export function formatOnce(directory: string, cache: string): void {
  const data = join(directory, 'data');
  if (existsSync(join(data, 'meta.properties'))) return;
  mkdirSync(data, { recursive: true });
  const clusterId = kafkaId();
  writeFileSync(join(directory, 'cluster-id'), `${clusterId}\n`);
  copyFileSync(join(cache, 'bootstrap.checkpoint'), join(data, 'bootstrap.checkpoint'));
  const lines = ['version=1', `cluster.id=${clusterId}`, 'node.id=1', `directory.id=${kafkaId()}`];
  // Written last: this file marks the directory as formatted.
  writeFileSync(join(data, 'meta.properties'), `${lines.join('\n')}\n`);
}

/** 16 random bytes as base64url, as Kafka writes ids; an id must not begin with a dash. */
function kafkaId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? kafkaId() : id;
}

/**
 * Java gets no path at all: it runs in the directory and finds all files by short names. Paths would break, because in Kafka's settings a
 * comma separates folders and a backslash escapes, its properties are Latin-1, a colon separates class paths, and Java without a UTF-8
 * locale cannot name an ö.
 */
export function writeBrokerFiles(directory: string, cache: string, plan: BrokerPlan): void {
  const file = join(directory, 'server.properties');
  rmSync(file, { force: true });
  writeFileSync(file, brokerProperties(plan), { mode: 0o600 });
  copyFileSync(join(KAFKA_FOLDER, 'log4j2.properties'), join(directory, 'log4j2.properties'));
  rmSync(join(directory, 'libs'), { force: true });
  symlinkSync(join(cache, 'libs'), join(directory, 'libs'), 'junction');
}

/** Java's arguments for a broker that runs in a directory with the files above. */
export function brokerArguments(): string[] {
  return [...javaArguments('kafka.log'), 'kafka.Kafka', 'server.properties'];
}
