import { partitionOf } from '@velolog/stream/kafka/partitioner';
import type { SystemRecord, SystemRecordRead } from '@velolog/stream/systems-topic';
import { z } from 'zod';
import { registrableDomain } from '../schedule/registrable-domain.ts';
import { type System, system } from './system.ts';

/** Where an entry comes from: systems.json, `systems add URL`, or `systems add ID` from the catalogue. */
const SOURCES = ['file', 'command', 'catalogue'] as const;
export type Source = (typeof SOURCES)[number];

/** A value of the topic velolog.systems: an entry as in systems.json, and its origin. */
export type TopicEntry = System & {
  source: Source;
  /**
   * The group of ingest workers that records it; DEFAULT_GROUP when absent. Groups with files of their own leave each other's entries alone.
   */
  group?: string | undefined;
  /** Its id in the catalogue, if it is recorded under another. */
  listed_as?: string | undefined;
  /** Its publisher has ended it, as far as is known: it is polled once a day. */
  ended?: { reason: 'http_410' | 'terminated' | 'not_in_catalogue'; at: string } | undefined;
  /** Its URL before the catalogue moved it. */
  moved?: { from: string; at: string } | undefined;
};

export const DEFAULT_GROUP = 'velolog-ingest';

const topicEntry = system.extend({
  source: z.enum(SOURCES),
  group: z.string().min(1).optional(),
  listed_as: z.string().optional(),
  ended: z
    .object({ reason: z.enum(['http_410', 'terminated', 'not_in_catalogue']), at: z.string() })
    .optional(),
  moved: z.object({ from: z.string(), at: z.string() }).optional(),
});

/** The settings of an entry that say how to poll it. */
export function settingsOf({ source, group, listed_as, ended, moved, ...settings }: TopicEntry): System {
  return settings;
}

type Place = Pick<SystemRecord, 'value' | 'by' | 'file'> & { timestampMs: number };

/**
 * The current state of the topic. A system whose URL moved to another domain has been written to two partitions; until
 * the older record is removed, the newer counts.
 */
export class SystemsTable {
  /** By system, then by partition. */
  readonly #places = new Map<string, Map<number, Place>>();

  note({ system_id, partition, value, by, file, timestampMs }: SystemRecordRead): void {
    const places = this.#placesOf(system_id);
    // After a break of the connection everything is read again, from old to new.
    if (timestampMs < (places.get(partition)?.timestampMs ?? 0)) return;
    places.set(partition, { value, by, file, timestampMs });
  }

  /** Adds a record that has been written and will come back with the time that the broker gives it. */
  expect({ system_id, partition, value, by, file }: SystemRecord): void {
    const places = this.#placesOf(system_id);
    places.set(partition, { value, by, file, timestampMs: places.get(partition)?.timestampMs ?? 0 });
  }

  #placesOf(system_id: string): Map<number, Place> {
    const places = this.#places.get(system_id) ?? new Map<number, Place>();
    this.#places.set(system_id, places);
    return places;
  }

  ids(): string[] {
    return [...this.#places.keys()].filter((id) => this.valueOf(id) !== null);
  }

  /** Null when the system is not recorded. */
  valueOf(system_id: string): string | null {
    let last: Place | null = null;
    for (const place of this.#places.get(system_id)?.values() ?? []) {
      if (place.value !== null && (last === null || place.timestampMs >= last.timestampMs)) last = place;
    }
    return last?.value ?? null;
  }

  /** Who removed the system last, as far as that was written. */
  removedBy(system_id: string): Pick<SystemRecord, 'by' | 'file'> {
    const places = [...(this.#places.get(system_id)?.values() ?? [])];
    return places.toSorted((a, b) => b.timestampMs - a.timestampMs)[0] ?? {};
  }

  /** Whether a command removed the system, so that its history may be forgotten. */
  isTakenOut(system_id: string): boolean {
    return this.valueOf(system_id) === null && this.removedBy(system_id).by !== 'file';
  }

  /** What must be written so that the system is recorded like this. */
  put(entry: TopicEntry, partitions: number): SystemRecord[] {
    const home = partitionFor(entry.discovery_url, partitions);
    const { id, discovery_url, source, group = DEFAULT_GROUP, ...rest } = entry;
    const owner = { source, ...(group !== DEFAULT_GROUP && { group }) };
    const value = JSON.stringify({ id, discovery_url, ...withoutDefaults(rest), ...owner });
    return [
      { system_id: id, partition: home, value },
      // Removed after the new one is written: in between there are two, and the newer counts.
      ...this.remove(id, source === 'file' ? 'file' : 'command').filter(
        ({ partition }) => partition !== home,
      ),
    ];
  }

  /** What must be written so that the system is no longer recorded. */
  remove(
    system_id: string,
    by: NonNullable<SystemRecord['by']>,
    file?: SystemRecord['file'],
  ): SystemRecord[] {
    const places = [...(this.#places.get(system_id) ?? [])];
    return places
      .filter(([, { value }]) => value !== null)
      .map(([partition]) => ({ system_id, partition, value: null, by, file }));
  }
}

/** All systems of a domain are in one partition: a worker that alone reads it can keep the limits of the domain. */
export function partitionFor(discoveryUrl: string, partitions: number): number {
  return partitionOf(registrableDomain(new URL(discoveryUrl).host), partitions);
}

/** @throws Error stating what is wrong with the value */
export function parseEntry(system_id: string, value: string): TopicEntry {
  const result = topicEntry.safeParse(JSON.parse(value));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(problems.join('; '));
  }
  if (result.data.id !== system_id) throw new Error(`its id is ${JSON.stringify(result.data.id)}`);
  return result.data;
}

/** Defaults are not written, because a later version may have other ones. */
export function withoutDefaults(entry: Partial<System>): Partial<System> {
  const defaults = system.parse({ id: 'x', discovery_url: 'https://example.org/' });
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([name, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[name as keyof System]),
    ),
  );
}
