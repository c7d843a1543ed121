import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerPlan, brokerProperties } from './broker-properties.ts';
import { javaArguments, KAFKA_FOLDER } from './kafka-jars.ts';

/** Does what `kafka-storage format` does: names the cluster and sets the features it starts with. */
export function formatOnce(directory: string, cache: string): void {
  const data = join(directory, 'data');
  if (existsSync(join(data, 'meta.properties'))) return;
  mkdirSync(data, { recursive: true });
  const clusterId = kafkaId();
  writeFileSync(join(directory, 'cluster-id'), `${clusterId}\n`);
  copyFileSync(join(cache, 'bootstrap.checkpoint'), join(data, 'bootstrap.checkpoint'));
  const lines = ['version=1', `cluster.id=${clusterId}`, 'node.id=1', `directory.id=${kafkaId()}`];
  // Last: its presence is what makes the directory a formatted one.
  writeFileSync(join(data, 'meta.properties'), `${lines.join('\n')}\n`);
}

/** 16 random bytes in Kafka's spelling; an id must not begin with a dash. */
function kafkaId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? kafkaId() : id;
}

/**
 * Java gets no path at all: it runs in the directory and finds everything by short names. In Kafka's settings a comma separates
 * folders and a backslash escapes, its properties are Latin-1, a colon separates class paths, and without a locale Java names no ö.
 */
export function writeBrokerFiles(directory: string, cache: string, plan: BrokerPlan): void {
  const file = join(directory, 'server.properties');
  rmSync(file, { force: true });
  writeFileSync(file, brokerProperties(plan), { mode: 0o600 });
  copyFileSync(join(KAFKA_FOLDER, 'log4j2.properties'), join(directory, 'log4j2.properties'));
  rmSync(join(directory, 'libs'), { force: true });
  symlinkSync(join(cache, 'libs'), join(directory, 'libs'), 'junction');
}

/** The arguments of Java for a broker in a directory that has its files. */
export function brokerArguments(): string[] {
  return [...javaArguments('kafka.log'), 'kafka.Kafka', 'server.properties'];
}
