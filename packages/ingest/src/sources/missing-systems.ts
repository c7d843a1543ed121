import type { SystemsFileVersion } from '@velolog/stream/systems-topic';
import { few, type Log } from '../log.ts';
import type { System } from './system.ts';
import type { SystemsTable } from './topic.ts';

/**
 * Systems of our systems.json that velolog.systems no longer has. What a command removed stays removed, and so does
 * what a newer version of our file removed: workers are updated one after the other. What a file of another name
 * removed is put back, because a file that is in use counts.
 */
export class MissingSystems {
  readonly #file: ReadonlyMap<string, System>;
  readonly #version: SystemsFileVersion;
  readonly #table: SystemsTable;
  readonly #log: Log;
  #said: ReadonlySet<string> = new Set();

  constructor(file: ReadonlyMap<string, System>, version: SystemsFileVersion, table: SystemsTable, log: Log) {
    this.#file = file;
    this.#version = version;
    this.#table = table;
    this.#log = log;
  }

  /** Logs once what is missing. Returns what to put back. */
  look(): System[] {
    const missing = [...this.#file.values()].filter(({ id }) => this.#table.valueOf(id) === null);
    const unsaid = missing.filter(({ id }) => !this.#said.has(id));
    this.#said = new Set(missing.map(({ id }) => id));
    const byFile = unsaid.filter(({ id }) => this.#isOfOtherFile(id));
    const byNewer = unsaid.filter(
      (one) => this.#table.removedBy(one.id).by === 'file' && !byFile.includes(one),
    );
    const byCommand = unsaid.filter((one) => !byFile.includes(one) && !byNewer.includes(one));
    if (byNewer.length > 0) {
      const hint = 'a newer systems.json no longer has them: this ingest still runs with the older file';
      this.#log.warn({ event: 'not_in_newer_file', systems: few(idsOf(byNewer)), hint });
    }
    if (byCommand.length > 0) {
      const hint =
        'removed by `velolog systems remove`: also remove them from systems.json, or they return at the next start';
      this.#log.warn({ event: 'in_file_but_taken_out', systems: few(idsOf(byCommand)), hint });
    }
    if (byFile.length > 0) {
      const hint =
        'an ingest with another systems.json removed them when it started: give all ingest workers the same file';
      this.#log.warn({ event: 'put_back', systems: few(idsOf(byFile)), hint });
    }
    return byFile;
  }

  #isOfOtherFile(id: string): boolean {
    const { by, file } = this.#table.removedBy(id);
    const { name, modifiedAtMs } = this.#version;
    return by === 'file' && (file?.name !== name || file.modifiedAtMs < modifiedAtMs);
  }

  /** The systems could not be put back: the next look logs and returns them again. */
  lookAgain(): void {
    this.#said = new Set();
  }
}

function idsOf(systems: System[]): string[] {
  return systems.map(({ id }) => id);
}
