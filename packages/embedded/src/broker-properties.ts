import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KAFKA_FOLDER } from './kafka-jars.ts';

export type KafkaLogin = { username: string; password: string };

/** The login as environment variables for a client. */
export function loginEnvironment(login: KafkaLogin | undefined): Record<string, string> {
  if (login === undefined) return {};
  return {
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: login.username,
    KAFKA_SASL_PASSWORD: login.password,
  };
}

export type BrokerPlan = {
  port: number;
  controllerPort: number;
  login: KafkaLogin | undefined;
  settings: Record<string, string>;
};

/** The controller's listener requires the same login as the broker's, because a client of the controller may change anything. */
export function brokerProperties({ port, controllerPort, login, settings }: BrokerPlan): string {
  const protocol = login === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT';
  const lines = [
    readFileSync(join(KAFKA_FOLDER, 'server.properties'), 'utf8'),
    `listeners=BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=BROKER://127.0.0.1:${port}`,
    'inter.broker.listener.name=BROKER',
    `listener.security.protocol.map=CONTROLLER:${protocol},BROKER:${protocol}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'log.dirs=data',
    ...(login === undefined ? [] : loginProperties(login)),
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

function loginProperties({ username, password }: KafkaLogin): string[] {
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const jaas = `${module} username="${username}" password="${password}" user_${username}="${password}";`;
  return [
    'sasl.enabled.mechanisms=PLAIN',
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    'sasl.mechanism.controller.protocol=PLAIN',
    `listener.name.broker.plain.sasl.jaas.config=${jaas}`,
    `listener.name.controller.plain.sasl.jaas.config=${jaas}`,
  ];
}
