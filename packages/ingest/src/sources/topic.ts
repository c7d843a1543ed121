import { partitionOf } from '@velolog/stream/kafka/partitioner';
import type { SystemRecord, SystemRecordRead } from '@velolog/stream/systems-topic';
import { z } from 'zod';
import { registrableDomain } from '../schedule/registrable-domain.ts';
import { type System, system } from './system.ts';

/** Who put an entry there: systems.json, `systems add URL`, or `systems add ID` from the catalogue. */
const SOURCES = ['file', 'command', 'catalogue'] as const;
export type Source = (typeof SOURCES)[number];

/** A value of the topic velolog.systems: an entry as in systems.json, and where it is from. */
export type TopicEntry = System & {
  source: Source;
  /** The group of ingest workers that records it; absent: DEFAULT_GROUP. Groups with files of their own leave each other's entries alone. */
  group?: string | undefined;
  /** Its id in the catalogue, where it is recorded under another. */
  listed_as?: string | undefined;
  /** Its publisher has ended it, as far as is known: it is asked once a day. */
  ended?: { reason: 'http_410' | 'terminated' | 'not_in_catalogue'; at: string } | undefined;
  /** Where it was before the catalogue had it elsewhere. */
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

/** What of an entry says how to poll it. */
export function settingsOf({ source, group, listed_as, ended, moved, ...settings }: TopicEntry): System {
  return settings;
}

type Place = Pick<SystemRecord, 'value' | 'by' | 'file'> & { timestampMs: number };

/**
 * What the topic says now. A system whose URL moved to another domain has been written to two partitions; until the older is taken
 * out the newer counts.
 */
export class SystemsTable {
  /** By system, then by partition. */
  readonly #places = new Map<string, Map<number, Place>>();

  note({ system_id, partition, value, by, file, timestampMs }: SystemRecordRead): void {
    const places = this.#placesOf(system_id);
    // After a break of the connection all is read again, from old to new.
    if (timestampMs < (places.get(partition)?.timestampMs ?? 0)) return;
    places.set(partition, { value, by, file, timestampMs });
  }

  /** What has been written and will come back with the time that the broker gives it. */
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

  /** null when the system is not recorded. */
  valueOf(system_id: string): string | null {
    let last: Place | null = null;
    for (const place of this.#places.get(system_id)?.values() ?? []) {
      if (place.value !== null && (last === null || place.timestampMs >= last.timestampMs)) last = place;
    }
    return last?.value ?? null;
  }

  /** Who took it out last, as far as that was written. */
  removedBy(system_id: string): Pick<SystemRecord, 'by' | 'file'> {
    const places = [...(this.#places.get(system_id)?.values() ?? [])];
    return places.toSorted((a, b) => b.timestampMs - a.timestampMs)[0] ?? {};
  }

  /** What has to be written so that the system is recorded like this. */
  put(entry: TopicEntry, partitions: number): SystemRecord[] {
    const home = partitionFor(entry.discovery_url, partitions);
    const { id, discovery_url, source, group = DEFAULT_GROUP, ...rest } = entry;
    const owner = { source, ...(group !== DEFAULT_GROUP && { group }) };
    const value = JSON.stringify({ id, discovery_url, ...withoutDefaults(rest), ...owner });
    return [
      { system_id: id, partition: home, value },
      // After the new one: in between there are two, and the newer counts.
      ...this.remove(id, source === 'file' ? 'file' : 'command').filter(
        ({ partition }) => partition !== home,
      ),
    ];
  }

  /** What has to be written so that the system is no longer recorded. */
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

/** All systems of a domain are in one partition: what reads it alone can keep the limits of the domain. */
export function partitionFor(discoveryUrl: string, partitions: number): number {
  return partitionOf(registrableDomain(new URL(discoveryUrl).host), partitions);
}

/** @throws Error saying what is wrong with the value */
export function parseEntry(system_id: string, value: string): TopicEntry {
  const result = topicEntry.safeParse(JSON.parse(value));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(problems.join('; '));
  }
  if (result.data.id !== system_id) throw new Error(`its id is ${JSON.stringify(result.data.id)}`);
  return result.data;
}

/** What a version to come may have other defaults for is not written down. */
function withoutDefaults(entry: Omit<System, 'id' | 'discovery_url'>): Partial<System> {
  const defaults = system.parse({ id: 'x', discovery_url: 'https://example.org/' });
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([name, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[name as keyof System]),
    ),
  );
}
