import { leftKafka } from '@velolog/embedded/embedded-kafka';
import { leftPostgres } from '@velolog/embedded/embedded-postgres';
import { isFree } from '@velolog/embedded/free-port';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import type { Mode } from '../home/state.ts';
import { type CliSettings, hasLake } from './cli-settings.ts';
import { reachableHost } from './worker-host.ts';

type Plan = { home: Home; mode: Mode; ingest: boolean; settings: CliSettings };
type WantedPort = { name: string; port: number; host: string };

/**
 * Checks that HOST is an address of this machine and the ports in the settings are free, before anything is started.
 * @throws UserError that names all ports that are taken
 */
export async function checkPorts(plan: Plan): Promise<void> {
  const host = reachableHost(plan.settings.HOST);
  if (!(await isFree(0, host))) {
    throw new UserError(
      `Cannot listen on HOST=${host}: this machine has no such address. Set HOST to one of its addresses (0.0.0.0 for all)`,
      { exitCode: 2 },
    );
  }
  const problems: string[] = [];
  const names = new Map<number, string>();
  for (const { name, port, host } of wantedPorts(plan)) {
    const other = names.get(port);
    names.set(port, name);
    if (other !== undefined) problems.push(`${name}=${port}: ${other} has the same value`);
    else if (!(await isFree(port, host))) problems.push(`${name}=${port}: another program listens there`);
  }
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${problem}`).join('\n');
  throw new UserError(
    `Cannot start on these ports:\n${lines}\nStop that program or set other ports. Without a setting, Velolog takes a free port`,
  );
}

function wantedPorts({ home, mode, ingest, settings }: Plan): WantedPort[] {
  // A server that a killed supervisor left behind is adopted with its port.
  const kafka = !settings.KAFKA_BROKERS && leftKafka(home.kafka) === null;
  const postgres = !settings.DATABASE_URL && leftPostgres(home.postgres) === null;
  const servers: [string, number | undefined][] = [
    ['KAFKA_PORT', kafka ? settings.KAFKA_PORT : undefined],
    ['POSTGRES_PORT', postgres ? settings.POSTGRES_PORT : undefined],
    ['SIMULATOR_PORT', mode === 'demo' ? settings.SIMULATOR_PORT : undefined],
  ];
  const workers: [string, number | undefined][] = [
    ['STORE_PORT', settings.STORE_PORT],
    ['INGEST_PORT', ingest ? settings.INGEST_PORT : undefined],
    ['LIVE_PORT', mode === 'import' ? undefined : settings.LIVE_PORT],
    ['LAKE_PORT', hasLake(settings) && mode !== 'import' ? settings.LAKE_PORT : undefined],
  ];
  const on = (host: string) => (wanted: [string, number | undefined]) => {
    const [name, port] = wanted;
    return port === undefined ? [] : [{ name, port, host }];
  };
  return [...servers.flatMap(on('127.0.0.1')), ...workers.flatMap(on(reachableHost(settings.HOST)))];
}
