import { FEEDS } from '@velolog/gbfs/feeds';
import { READER_PATH, sessionUrl } from '@velolog/worker/session-url';
import { stopSignal } from '@velolog/worker/stop-signal';
import pg from 'pg';
import type { Home } from '../home/home.ts';
import { formatTable } from '../print/format-table.ts';
import { printableJson, printableLines } from '../printable.ts';
import { openRecordedSystems } from './recorded-systems.ts';

type Health = {
  system_id: string;
  name: string | null;
  stations: number;
  last_observed_at: Date | null;
  age_seconds: number | null;
  overdue: boolean | null;
  failing: string[] | null;
};

/** Read as the page does: from the views. */
const HEALTH = `
  select system.system_id, system.name, system.stations, system.last_observed_at,
    status.age_seconds, status.overdue,
    (select array_agg(feed || ': ' || coalesce(last_error, 'failed') order by feed)
     from api.feed_health as feed where feed.system_id = system.system_id and feed.consecutive_failures > 0) as failing
  from api.system
  left join api.feed_health as status on status.system_id = system.system_id and status.feed = any($2)
  where system.system_id = any($1)`;

export async function listSystems(home: Home, { json }: { json: boolean }): Promise<void> {
  const { entries, state } = await openRecordedSystems(home, stopSignal());
  const sorted = [...entries.values()].toSorted((a, b) => a.id.localeCompare(b.id));
  const health = await healthOf(
    sorted.map(({ id }) => id),
    process.env.READER_DATABASE_URL ?? state.reader_database_url ?? state.database_url,
  );
  const rows = sorted.map(({ id, discovery_url, source }) => {
    const known = health?.get(id);
    return {
      system_id: id,
      name: known?.name ?? null,
      source,
      discovery_url,
      state: health === null ? 'unknown' : stateOf(known),
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
    process.stderr.write(printableLines('The database does not answer: how they are is not known\n'));
  }
  console.log(
    formatTable(
      ['system_id', 'name', 'source', 'state', 'stations', 'age_seconds', 'failing'],
      rows.map((row) => [
        row.system_id,
        row.name,
        row.source,
        row.state,
        row.stations,
        row.age_seconds,
        row.failing.join(', '),
      ]),
    ),
  );
}

function stateOf(health: Health | undefined): 'ok' | 'late' | 'failing' | 'not_observed' {
  if (health === undefined || health.last_observed_at === null) {
    return (health?.failing ?? []).length > 0 ? 'failing' : 'not_observed';
  }
  if (health.overdue) return 'late';
  return (health.failing ?? []).length > 0 ? 'failing' : 'ok';
}

/** null: the database cannot be asked. */
async function healthOf(ids: string[], url: string | null | undefined): Promise<Map<string, Health> | null> {
  if (!url) return null;
  const client = new pg.Client({
    connectionString: sessionUrl(url, READER_PATH),
    application_name: 'velolog systems list',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Health>(HEALTH, [
      ids,
      FEEDS.station_status.names.map(({ name }) => name),
    ]);
    return new Map(rows.map((row) => [row.system_id, row]));
  } catch {
    return null;
  } finally {
    await client.end().catch(() => {});
  }
}
