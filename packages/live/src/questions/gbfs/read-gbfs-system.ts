import type { Reader } from '../../database/reader.ts';

export type GbfsSystem = {
  system_id: string;
  name: string | null;
  operator: string | null;
  timezone: string | null;
  url: string | null;
  license_url: string | null;
  /** First observation of its stations. */
  first_observed_at: string | null;
  /** Nobody polls it, so its last known state is not the present. */
  is_archive: boolean;
  /** Its newest vehicle feed; null when it has none. */
  vehicle_feed: string | null;
  has_vehicle_types: boolean;
  feeds: Record<string, { ttl_seconds: number | null; last_success_at: string | null }>;
};

/** Null when no such system is recorded. */
export async function readGbfsSystem(reader: Reader, systemId: string): Promise<GbfsSystem | null> {
  const [row] = await reader.query<GbfsSystem>(
    `select
       system.system_id, system.name, system.operator, system.timezone, system.url, system.license_url,
       system.first_observed_at, system.is_archive,
       (select feed.feed from api.vehicle_feed as feed where feed.system_id = $1 and feed.observed_at is not null) as vehicle_feed,
       exists (select from api.document_version as version where version.system_id = $1 and version.feed = 'vehicle_types') as has_vehicle_types,
       (select coalesce(json_object_agg(health.feed, json_build_object(
          'ttl_seconds', health.ttl_seconds, 'last_success_at', health.last_success_at)), '{}')
        from api.feed_health as health where health.system_id = $1) as feeds
     from api.system where system.system_id = $1`,
    [systemId],
  );
  return row ?? null;
}

export type Listed = Pick<GbfsSystem, 'system_id' | 'license_url'>;

/** Every system with something that GBFS can express. */
export async function readGbfsSystems(reader: Reader): Promise<Listed[]> {
  return await reader.query<Listed>(
    `select system_id, license_url from api.system
     where first_observed_at is not null
       or exists (select from api.vehicle_feed as feed where feed.system_id = system.system_id and feed.observed_at is not null)
     order by system_id collate "C"`,
  );
}
