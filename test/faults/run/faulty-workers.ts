import { setTimeout as wait } from 'node:timers/promises';
import { type StoreProcess, startStoreProcess } from '../store-process.ts';

/**
 * The two store processes of a run. A process that ends is replaced, as by a supervisor; one that ends by itself is
 * noted.
 */
export class FaultyWorkers {
  readonly endedByThemselves: string[] = [];
  readonly #killed = new WeakSet<StoreProcess>();
  readonly #folder: string;
  readonly #env: () => Record<string, string>;
  #workers: StoreProcess[];
  #named = 0;
  #stopping = false;

  /** @param env the environment of a worker that starts now */
  constructor(folder: string, env: () => Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
    this.#workers = [this.#start(), this.#start()];
  }

  get all(): StoreProcess[] {
    return this.#workers;
  }

  /** A worker to which the groups have given partitions: once all have joined, each has its share. */
  async member(victim: number): Promise<StoreProcess> {
    for (;;) {
      const workers = this.#workers;
      const joined = await Promise.allSettled(workers.map((worker) => worker.joined));
      if (joined.every(({ status }) => status === 'fulfilled') && workers === this.#workers)
        return this.any(victim);
      await wait(20);
    }
  }

  any(victim: number): StoreProcess {
    return this.#workers[Math.floor(victim * this.#workers.length)] as StoreProcess;
  }

  /** The end of this worker is expected, and the caller replaces it. */
  expectEnd(worker: StoreProcess): void {
    this.#killed.add(worker);
  }

  replace(ended: StoreProcess): void {
    this.#workers = this.#workers.map((worker) => (worker === ended ? this.#start() : worker));
  }

  noteEnd(what: string): void {
    this.endedByThemselves.push(what);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#workers) worker.kill('SIGTERM');
    for (const { name, ended, lastWords } of this.#workers) {
      const { code, signal } = await ended;
      // Ended by the signal itself: it came a moment after its start, before it could listen. There is nothing to stop in
      // order.
      if (signal === 'SIGTERM') continue;
      if (code !== 0) this.noteEnd(`${name}, told to stop: ${signal ?? `exit ${code}`}: ${lastWords()}`);
    }
  }

  kill(): void {
    this.#stopping = true;
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  #start(): StoreProcess {
    this.#named += 1;
    const worker = startStoreProcess(`store-${this.#named}`, this.#folder, this.#env());
    void worker.ended.then(({ code, signal }) => {
      if (this.#stopping || this.#killed.has(worker)) return;
      this.noteEnd(`${worker.name}: ${signal ?? `exit ${code}`}: ${worker.lastWords()}`);
      this.replace(worker);
    });
    return worker;
  }
}
