import { FEEDS } from '@velolog/gbfs/feeds';
import { askAsReader } from '../home/ask-as-reader.ts';
import type { State } from '../home/state.ts';
import type { RecordedSystems } from './recorded-systems.ts';

export type SystemHealth = {
  system_id: string;
  name: string | null;
  license_url: string | null;
  stations: number;
  last_observed_at: Date | null;
  age_seconds: number | null;
  overdue: boolean | null;
  failing: string[] | null;
};

/** Reads the same views as the live page. */
const HEALTH = `
  select system.system_id, system.name, system.license_url, system.stations, system.last_observed_at,
    status.age_seconds, status.overdue,
    (select array_agg(feed || ': ' || last_error order by feed)
     from api.feed_health as feed where feed.system_id = system.system_id and feed.last_error is not null) as failing
  from api.system
  left join api.feed_health as status on status.system_id = system.system_id and status.feed = any($2)
  where system.system_id = any($1)`;

const LICENCES =
  'select system_id, license_url from api.system where system_id = any($1) and license_url is not null';

/** Returns null when the database cannot be queried. */
export async function readHealth(ids: string[], state: State): Promise<Map<string, SystemHealth> | null> {
  const names = FEEDS.station_status.names.map(({ name }) => name);
  const rows = await askAsReader<SystemHealth>(state, HEALTH, [ids, names]);
  return rows && new Map(rows.map((row) => [row.system_id, row]));
}

/** Licences of the recorded systems; empty when the database cannot be queried. */
export async function readLicences(recorded: RecordedSystems | null): Promise<Map<string, string>> {
  if (recorded === null || recorded.entries.size === 0) return new Map();
  const rows = await askAsReader<{ system_id: string; license_url: string }>(recorded.state, LICENCES, [
    [...recorded.entries.keys()],
  ]);
  return new Map(rows?.map(({ system_id, license_url }) => [system_id, license_url]));
}
