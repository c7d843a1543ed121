import { DISCOVERY } from '@velolog/ingest/fetch/feed';
import type { TopicEntry } from '@velolog/ingest/sources/topic';
import { printableJson, printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import type { Home } from '../home/home.ts';
import { counted } from '../print/counted.ts';
import { formatTable } from '../print/format-table.ts';
import { openRecordedSystems } from './recorded-systems.ts';
import { readHealth, type SystemHealth } from './system-health.ts';

export async function listSystems(home: Home, { json }: { json: boolean }): Promise<void> {
  const { entries, state } = await openRecordedSystems(home, stopSignal());
  const sorted = [...entries.values()].toSorted((a, b) => a.id.localeCompare(b.id));
  const health = await readHealth(
    sorted.map(({ id }) => id),
    state,
  );
  const rows = sorted.map(({ id, discovery_url, country, source, ended, moved }) => {
    const known = health?.get(id);
    return {
      system_id: id,
      name: known?.name ?? null,
      country: country ?? null,
      source,
      discovery_url,
      state: ended !== undefined ? 'ended' : health === null ? 'unknown' : stateOf(known),
      ended: ended ?? null,
      moved: moved ?? null,
      stations: known?.stations ?? null,
      age_seconds: known?.age_seconds ?? null,
      last_observed_at: known?.last_observed_at?.toISOString() ?? null,
      failing: known?.failing ?? [],
    };
  });
  if (json) {
    console.log(printableJson(rows));
    return;
  }
  if (health === null) {
    process.stderr.write(
      printableLines('The database does not answer, so the state of these systems is not known\n'),
    );
  }
  console.log(
    formatTable(
      ['system_id', 'name', 'country', 'source', 'state', 'stations', 'age_seconds', 'notes'],
      rows.map((row) => [
        row.system_id,
        row.name,
        row.country,
        row.source,
        row.state,
        row.stations,
        row.age_seconds === null ? null : Math.round(row.age_seconds),
        [...tellsOf(row), ...row.failing].join(', '),
      ]),
    ),
  );
  const counts = Map.groupBy(rows, (row) => row.state);
  console.log(
    `${counted(rows.length, 'system')}: ${Array.from(counts, ([name, of]) => `${of.length} ${name}`).join(', ') || 'none'}`,
  );
}

type Told = { [name in 'ended' | 'moved']: NonNullable<TopicEntry[name]> | null };

function tellsOf({ ended, moved }: Told): string[] {
  return [
    ...(ended ? [`ended ${ended.at.slice(0, 10)}: ${ended.reason}`] : []),
    ...(moved ? [`moved ${moved.at.slice(0, 10)} from ${new URL(moved.from).host}`] : []),
  ];
}

function stateOf(health: SystemHealth | undefined): 'ok' | 'late' | 'failing' | 'ended' | 'not_observed' {
  // The publisher says that the system is gone for good.
  if (health?.failing?.includes(`${DISCOVERY}: http_410`)) return 'ended';
  if (health === undefined || health.last_observed_at === null) {
    return (health?.failing ?? []).length > 0 ? 'failing' : 'not_observed';
  }
  if (health.overdue) return 'late';
  return (health.failing ?? []).length > 0 ? 'failing' : 'ok';
}
