import type { VehicleList } from '../api/vehicle.ts';
import type { Reader } from '../database/reader.ts';
import { readVehicleLines, type VehicleListRow } from '../questions/read-vehicles.ts';
import { eventFrame } from './event-frame.ts';

/**
 * More differences than this mean a different list rather than news, for example after a night in which a fleet was
 * collected.
 */
const ROWS_TOLD_MAX = 2_000;

/**
 * What clients were last sent about a system's vehicles, and what has changed since. The list is read only when a poll
 * or a definition of types has arrived. It is kept as text, 4 MB for 20,000 vehicles, while somebody follows the
 * system.
 */
export class VehicleWatch {
  readonly #systemId: string;
  readonly #reader: Reader;
  #seen: string | null = null;
  #list: VehicleList | null = null;
  #lines: string[] = [];

  constructor(systemId: string, reader: Reader) {
    this.#systemId = systemId;
    this.#reader = reader;
  }

  /** Null when no feed lists vehicles. */
  get list(): VehicleList | null {
    return this.#list;
  }

  /**
   * Reads the list if it may have changed.
   * @returns the event that leads from the previous list to it; null when there is none to send
   */
  async look(row: VehicleListRow | null, cursor: string): Promise<Buffer | null> {
    const seen = row === null ? null : JSON.stringify(row);
    if (seen === this.#seen) return null;
    const before = this.#list;
    if (row === null) {
      this.#list = null;
      this.#lines = [];
      this.#seen = null;
      return null;
    }
    const { observedAt: observed_at, version, lines } = await readVehicleLines(this.#reader, this.#systemId);
    const linesBefore = this.#lines;
    this.#lines = lines;
    this.#list = { feed: row.feed, observed_at, version };
    // What was read may be newer than `row`: then the next look reads once more, and finds the same.
    this.#seen = seen;
    if (before === null || before.version === version) return null;
    return vehiclesFrame(cursor, { observed_at, from_version: before.version, version }, linesBefore, lines);
  }
}

type Versions = { observed_at: string | null; from_version: string; version: string };

function vehiclesFrame(cursor: string, versions: Versions, before: string[], now: string[]): Buffer {
  const vanished = without(before, now);
  const appeared = without(now, before);
  const omitted = vanished.length + appeared.length > ROWS_TOLD_MAX;
  const rows = (lines: string[]) => `[${omitted ? '' : lines.join(',')}]`;
  const head = JSON.stringify({ ...versions, omitted }).slice(0, -1);
  return eventFrame('vehicles', cursor, `${head},"appeared":${rows(appeared)},"vanished":${rows(vanished)}}`);
}

/** The lines of a sorted list that another sorted list lacks; equal lines count one by one. */
function without(lines: string[], others: string[]): string[] {
  const left: string[] = [];
  let other = 0;
  for (const line of lines) {
    while (other < others.length && (others[other] as string) < line) other++;
    if (others[other] === line) other++;
    else left.push(line);
  }
  return left;
}
