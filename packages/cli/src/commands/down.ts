import { existsSync } from 'node:fs';

import { type Home, runningSupervisor } from '../home.ts';
import { endsWithin, processesOf, stopProcess } from '../process-group.ts';
import { UserError } from '../user-error.ts';

/** The supervisor needs 10 s at most by its own rules; a machine busy with other work may take longer. */
const STOP_SECONDS_MAX = 60;

/** Stops the pipeline in order, and what a killed supervisor has left of it. */
export async function down(home: Home): Promise<void> {
  const supervisor = runningSupervisor(home);
  if (supervisor !== null) {
    process.kill(supervisor.pid, 'SIGTERM');
    if (!(await endsWithin(supervisor, STOP_SECONDS_MAX))) {
      throw new UserError(
        `The supervisor (pid ${supervisor.pid}) has not stopped within ${STOP_SECONDS_MAX} s; see ${home.logs}`,
      );
    }
    return console.log(`Stopped; all data stays in ${home.path}`);
  }
  const left = existsSync(home.path) ? await leftServers(home) : 0;
  console.log(
    left > 0 ? `Stopped what a killed supervisor had left on ${home.path}` : `Nothing runs on ${home.path}`,
  );
}

/** Workers end with their supervisor; Kafka and PostgreSQL go on, to be adopted by the next start. */
async function leftServers(home: Home): Promise<number> {
  const kafka = processesOf(home.kafka);
  for (const server of kafka) await stopProcess(server, 'SIGTERM', 8);
  const postgres = processesOf(home.postgres);
  for (const server of postgres) await stopProcess(server, 'SIGINT', 8);

  return kafka.length + postgres.length;
}
