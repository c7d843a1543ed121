import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureTopics } from '../topics.ts';
import { createKafka, kafkaSettings } from './client.ts';

const folder = mkdtempSync(join(tmpdir(), 'velolog-client-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function problemsOf(env: Record<string, string>): string[] {
  const { error } = kafkaSettings.safeParse(env);
  return error?.issues.map(({ path, message }) => `${String(path[0])} ${message}`) ?? [];
}

describe('kafkaSettings', () => {
  test('needs only the brokers', () => {
    expect(kafkaSettings.parse({ KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092' })).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      tls: null,
      sasl: null,
      partitions: 12,
      replicationFactor: 1,
    });
  });

  test('reads TLS with an own authority, and SASL', () => {
    const file = join(folder, 'ca.pem');
    writeFileSync(file, PEM);
    const env = {
      KAFKA_BROKERS: 'kafka:9093',
      KAFKA_SSL_CA_FILE: file,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'velolog',
      KAFKA_SASL_PASSWORD: 'secret',
      KAFKA_TOPIC_PARTITIONS: '4',
      KAFKA_REPLICATION_FACTOR: '-1',
    };
    expect(kafkaSettings.parse(env)).toEqual({
      brokers: ['kafka:9093'],
      tls: { ca: PEM },
      sasl: { mechanism: 'scram-sha-512', username: 'velolog', password: 'secret' },
      partitions: 4,
      replicationFactor: -1,
    });
    expect(kafkaSettings.parse({ KAFKA_BROKERS: 'kafka:9093', KAFKA_SSL: '1' }).tls).toEqual({ ca: null });
  });

  test('says which settings are missing or contradict each other', () => {
    const KAFKA_BROKERS = 'kafka:9092';
    expect(problemsOf({})).toEqual([expect.stringContaining('KAFKA_BROKERS is not set')]);
    expect(problemsOf({ KAFKA_BROKERS: 'kafka' })).toEqual(['KAFKA_BROKERS expected host:port']);
    for (const port of ['0', '65536', '99999'])
      expect(problemsOf({ KAFKA_BROKERS: `kafka:${port}` })).toEqual([
        'KAFKA_BROKERS expected a port from 1 to 65535',
      ]);
    expect(problemsOf({ KAFKA_BROKERS, KAFKA_SASL_MECHANISM: 'plain' })).toEqual([
      'KAFKA_SASL_USERNAME is not set; plain needs it',
      'KAFKA_SASL_PASSWORD is not set; plain needs it',
    ]);
    expect(problemsOf({ KAFKA_BROKERS, KAFKA_SASL_PASSWORD: 'x' })).toEqual([
      expect.stringContaining('KAFKA_SASL_MECHANISM is not set'),
    ]);
    expect(problemsOf({ KAFKA_BROKERS, KAFKA_SSL_CA_FILE: join(folder, 'none.pem') })).toEqual([
      expect.stringMatching(/^KAFKA_SSL_CA_FILE cannot be read: ENOENT/),
    ]);
  });
});

describe('createKafka', () => {
  test('warns of a password sent unencrypted, without repeating it', () => {
    const env = {
      KAFKA_BROKERS: 'kafka:9092',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'velolog',
      KAFKA_SASL_PASSWORD: 'hunter2',
    };
    const logged: string[] = [];
    createKafka(kafkaSettings.parse(env), {
      clientId: 'test',
      log: (level, message, details) => logged.push(`${level} ${message} ${JSON.stringify(details)}`),
    });
    expect(logged).toEqual([expect.stringMatching(/^warn the Kafka password is sent unencrypted/)]);
    expect(logged.join()).not.toContain('hunter2');
  });

  test('speaks TLS to a broker when KAFKA_SSL is set', async () => {
    const firstBytes = Promise.withResolvers<Buffer>();
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        firstBytes.resolve(bytes as Buffer);
        socket.destroy();
      });
      socket.on('error', () => {});
    });
    const port = await listen(server);
    const settings = kafkaSettings.parse({ KAFKA_BROKERS: `127.0.0.1:${port}`, KAFKA_SSL: '1' });
    const admin = createKafka(settings, { clientId: 'test' }).admin({ retry: { retries: 0 } });
    await expect(admin.connect()).rejects.toThrow();
    server.close();
    // 0x16: a TLS handshake record.
    expect((await firstBytes.promise)[0]).toBe(0x16);
  });

  test('a broker that is not there is one clear error for the caller, and no error in the log', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const levels = new Set<string>();
    const settings = kafkaSettings.parse({ KAFKA_BROKERS: `127.0.0.1:${port}` });
    const kafka = createKafka(settings, { clientId: 'test', log: (level) => levels.add(level) });
    await expect(ensureTopics(kafka, settings)).rejects.toThrow(
      /Cannot prepare the Kafka topics .*ECONNREFUSED/,
    );
    expect([...levels]).toEqual(['warn']);
  });
});

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return (server.address() as { port: number }).port;
}
