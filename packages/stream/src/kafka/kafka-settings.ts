import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where Kafka is and how to log in. kafkaSettings reads it from the environment. */
export type KafkaSettings = {
  /** Each is host:port. */
  brokers: string[];
  /** Null when TLS is off. `ca` is PEM text; when it is null, Node's trusted authorities apply. */
  tls: { ca: string | null } | null;
  sasl: { mechanism: SaslMechanism; username: string; password: string } | null;
  /** Partitions of topics that Velolog creates. */
  partitions: number;
  /** Replication factor of topics that Velolog creates; -1 leaves it to the broker. */
  replicationFactor: number;
};

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

const isPort = (port: number) => port >= 1 && port <= 65_535;

const brokers = z
  .string({ error: 'is not set; expected brokers as host:port, separated by commas' })
  .transform((list) =>
    list
      .split(',')
      .map((broker) => broker.trim())
      .filter(Boolean),
  )
  .pipe(
    z
      .array(
        z
          .string()
          .regex(/^[^\s:/]+:\d{1,5}$/, { error: 'expected host:port', abort: true })
          .refine((broker) => isPort(Number(broker.split(':')[1])), 'expected a port from 1 to 65535'),
      )
      .min(1, 'expected at least one host:port'),
  );

const environment = z.object({
  KAFKA_BROKERS: brokers,
  KAFKA_SSL: z.stringbool({ error: 'expected 1 or 0' }).optional(),
  KAFKA_SSL_CA_FILE: z.string().optional().transform(readPem),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_TOPIC_PARTITIONS: z.coerce.number().int().min(1).max(1000).default(12),
  KAFKA_REPLICATION_FACTOR: z.coerce
    .number()
    .int()
    .refine((factor) => factor === -1 || factor >= 1, 'expected 1 or more, or -1 for what the broker has set')
    .default(1),
});

/**
 * Reads KAFKA_BROKERS (the only required one), KAFKA_SSL, KAFKA_SSL_CA_FILE (switches TLS on by itself), KAFKA_SASL_MECHANISM
 * (plain, scram-sha-256, scram-sha-512), KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_TOPIC_PARTITIONS, KAFKA_REPLICATION_FACTOR.
 * Combine it with a worker's own settings by `kafkaSettings.and(z.object({ … }))`, so that all problems are reported together.
 */
export const kafkaSettings: z.ZodType<KafkaSettings> = environment
  .superRefine((env, context) => {
    const problem = (name: keyof typeof env, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (env.KAFKA_SSL === false && env.KAFKA_SSL_CA_FILE !== null) {
      problem('KAFKA_SSL', 'is off, yet KAFKA_SSL_CA_FILE is set');
    }
    const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: name, KAFKA_SASL_PASSWORD: password } = env;
    if (mechanism === undefined) {
      if (name !== undefined || password !== undefined) {
        problem('KAFKA_SASL_MECHANISM', 'is not set, yet KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is');
      }
      return;
    }
    if (name === undefined) problem('KAFKA_SASL_USERNAME', `is not set; ${mechanism} needs it`);
    if (password === undefined) problem('KAFKA_SASL_PASSWORD', `is not set; ${mechanism} needs it`);
  })
  .transform((env) => ({
    brokers: env.KAFKA_BROKERS,
    tls: env.KAFKA_SSL || env.KAFKA_SSL_CA_FILE !== null ? { ca: env.KAFKA_SSL_CA_FILE } : null,
    sasl: env.KAFKA_SASL_MECHANISM
      ? {
          mechanism: env.KAFKA_SASL_MECHANISM,
          username: env.KAFKA_SASL_USERNAME ?? '',
          password: env.KAFKA_SASL_PASSWORD ?? '',
        }
      : null,
    partitions: env.KAFKA_TOPIC_PARTITIONS,
    replicationFactor: env.KAFKA_REPLICATION_FACTOR,
  }));

function readPem(path: string | undefined, context: z.RefinementCtx): string | null {
  if (path === undefined) return null;
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    context.addIssue(`${path} contains no PEM certificate`);
  } catch (error) {
    context.addIssue(`cannot be read: ${(error as Error).message}`);
  }
  return z.NEVER;
}
