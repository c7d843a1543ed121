import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import { expect, test, vi } from 'vitest';
import { createTestFolder } from '../../../test/servers/test-folder.ts';
import { type KafkaLogin, loginEnvironment } from './broker-properties.ts';
import { startEmbeddedKafka } from './embedded-kafka.ts';
import { findJava } from './find-java.ts';

test('a Kafka that was killed starts again, on its port and with all it had', async () => {
  const stops: (() => Promise<void>)[] = [];
  try {
    const directory = join(createTestFolder(stops), 'kafka');
    const first = await startEmbeddedKafka({ directory });
    stops.push(async () => first.kill());
    const settings = kafkaSettings.parse({ KAFKA_BROKERS: first.brokers.join(',') });
    const kafka = createKafka(settings, { clientId: 'test' });
    await ensureTopics(kafka, settings);
    const producer = createProducer(kafka);
    await producer.connect();
    await producer.send({ topic: POLLS_TOPIC, messages: [{ key: 'a', value: 'kept', partition: 0 }] });
    await producer.disconnect();
    first.kill();

    const second = await startEmbeddedKafka({ directory });
    stops.push(async () => second.kill());
    expect(second).toMatchObject({ port: first.port, adopted: false });
    // Java says nothing of an archive that does not fit, it just starts more slowly.
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${second.pid}/maps`, 'utf8')).toContain(`classes-${findJava().version}.jsa`);
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(POLLS_TOPIC);
    await admin.disconnect();
    expect(offsets.find(({ partition }) => partition === 0)?.high).toBe('1');
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
});

/** Each of these once kept it from starting, or meant something else to Java, Kafka or its properties. */
const ODD_NAME = 'grün a,b c\\d #!=:; %20 \'"$HOME" ☂';

test('without the password neither listener lets anyone in, in a folder of any name, with the environment of another program', async () => {
  const stops: (() => Promise<void>)[] = [];
  const odd = {
    LC_ALL: 'C',
    LANG: undefined,
    JAVA_TOOL_OPTIONS: '-Xmx3m',
    JDK_JAVA_OPTIONS: '-Dlog.dirs=/nowhere',
    CLASSPATH: '/nowhere',
    KAFKA_OPTS: '-Xmx1m',
  };
  for (const [name, value] of Object.entries(odd)) vi.stubEnv(name, value);
  try {
    const directory = join(createTestFolder(stops), ODD_NAME);
    const login = { username: 'velolog', password: 'a_generated-secret' };
    const server = await startEmbeddedKafka({ directory, login });
    stops.push(async () => server.kill());
    const { controllerPort } = JSON.parse(readFileSync(join(directory, 'server.json'), 'utf8'));
    for (const port of [server.port, controllerPort]) {
      await expect(topicsOf(`127.0.0.1:${port}`)).rejects.toThrow();
      await expect(topicsOf(`127.0.0.1:${port}`, { ...login, password: 'guessed' })).rejects.toThrow();
    }
    expect(await topicsOf(`127.0.0.1:${server.port}`, login)).toEqual([]);
    expect(statSync(directory).mode & 0o077).toBe(0);
    expect(statSync(join(directory, 'server.properties')).mode & 0o077).toBe(0);
    // The next start finds it again after a kill.
    const adopted = await startEmbeddedKafka({ directory, login });
    expect(adopted).toMatchObject({ pid: server.pid, adopted: true });
  } finally {
    vi.unstubAllEnvs();
    for (const stop of stops.reverse()) await stop();
  }
});

async function topicsOf(broker: string, login?: KafkaLogin): Promise<string[]> {
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: broker, ...loginEnvironment(login) });
  const admin = createKafka(settings, { clientId: 'test' }).admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
