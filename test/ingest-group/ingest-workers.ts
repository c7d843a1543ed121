import { ask, startWorkerProcess, type WorkerProcess } from '../workers/worker-process.ts';

/** Ingest workers that come and go. */
export class IngestWorkers {
  readonly running: WorkerProcess[] = [];
  readonly all: WorkerProcess[] = [];
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  start(env: Record<string, string> = {}): WorkerProcess {
    const worker = startWorkerProcess('ingest', { ...this.#env, ...env });
    this.running.push(worker);
    this.all.push(worker);
    return worker;
  }

  async end(worker: WorkerProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.running.splice(this.running.indexOf(worker), 1);
    worker.child.kill(signal);
    await worker.ended;
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.running].map((worker) => this.end(worker, 'SIGTERM')));
  }

  /** How many partitions each running worker holds, by its own metrics. */
  async held(): Promise<number[]> {
    return await Promise.all(
      this.running.map(async (worker) => {
        const { text } = await ask(worker, '/metrics');
        return Number(/^velolog_systems_partitions_held (\d+)/m.exec(text)?.[1] ?? 0);
      }),
    );
  }

  /** How often the group gave workers a share, or they lost theirs because it did not answer. */
  get timesShared(): number {
    const isShared = (line: string): boolean => /"event":"share(_assigned|_lost)"/.test(line);
    return this.all.reduce((sum, { said }) => sum + said.filter(isShared).length, 0);
  }

  /** Errors in the workers' logs that should not occur. */
  complaints(): string[] {
    return this.all.flatMap(({ said }) =>
      said.filter((line) => /"level":"(error|fatal)"/.test(line) && !line.includes('"part"')),
    );
  }
}
