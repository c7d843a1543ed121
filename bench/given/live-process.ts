import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LIVE_NODE_ARGUMENTS, WORKER_ENVIRONMENT } from '@velolog/cli/supervisor/worker-process';
import { freePort } from '@velolog/embedded/free-port';
import { migrate } from '@velolog/store/migrate/migrate';

export type LiveProcess = { url: string; stop(): Promise<void>; residentMegabytes(): Promise<number> };

const READER_PASSWORD = 'bench';

/** Creates the schema in a database. @returns the URL to log in as velolog_reader */
export async function migrateWithReader(databaseUrl: string): Promise<string> {
  await migrate(databaseUrl, { readerPassword: READER_PASSWORD });
  const reader = new URL(databaseUrl);
  reader.username = 'velolog_reader';
  reader.password = READER_PASSWORD;
  return reader.href;
}

/** Starts the live worker in a separate process, as the supervisor does. */
export async function startLiveProcess(readerUrl: string): Promise<LiveProcess> {
  const port = await freePort(0);
  const main = fileURLToPath(import.meta.resolve('@velolog/live/main'));
  const child: ChildProcess = spawn(process.execPath, [...LIVE_NODE_ARGUMENTS, main], {
    env: {
      ...process.env,
      ...WORKER_ENVIRONMENT,
      READER_DATABASE_URL: readerUrl,
      LIVE_PORT: `${port}`,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error('The live worker ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
    residentMegabytes: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1024 / 1024;
    },
  };
}
