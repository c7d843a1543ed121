import { FEEDS } from '@velolog/gbfs/feeds';
import type { Alert, Alerts, Documents, DocumentVersion, Zones } from '../api/document.ts';
import type { Reader } from '../database/reader.ts';

export async function readDocuments(reader: Reader, systemId: string): Promise<Documents['documents']> {
  return await reader.query(
    `select distinct on (feed) feed, entries, valid_from, (count(*) over (partition by feed))::integer as versions, ${HEARD}
     from api.document_version left join api.feed_health using (system_id, feed) where system_id = $1
     order by feed, valid_from desc`,
    [systemId],
  );
}

type Heard = Pick<Alerts, 'observed_at' | 'overdue'>;

/** Of api.feed_health. */
const HEARD = 'last_success_at as observed_at, overdue or is_archive as overdue';

/** When the feed was last heard, and whether what it said can be taken as the present. */
async function readHeard(reader: Reader, systemId: string, feed: string): Promise<Heard> {
  const [heard] = await reader.query<Heard>(
    `select ${HEARD} from api.feed_health where system_id = $1 and feed = $2`,
    [systemId, feed],
  );
  return { observed_at: heard?.observed_at ?? null, overdue: heard?.overdue ?? null };
}

/** The version that was valid at a time; null when there was none. */
export async function readDocument(
  reader: Reader,
  { systemId, feed, at }: { systemId: string; feed: string; at: Date },
): Promise<Omit<DocumentVersion, 'system_id' | 'feed'> | null> {
  const [row] = await reader.query<Pick<DocumentVersion, 'valid_from' | 'valid_to' | 'entries'>>(
    `select version.valid_from, version.valid_to, (
       select coalesce(json_agg(content order by number), '[]') from api.document_row as entry
       where entry.system_id = $1 and entry.feed = $2 and entry.valid_from = version.valid_from) as entries
     from api.document_version as version
     where version.system_id = $1 and version.feed = $2 and version.valid_from <= $3
     order by version.valid_from desc limit 1`,
    [systemId, feed, at],
  );
  return row ? { ...row, ...(await readHeard(reader, systemId, feed)) } : null;
}

/** The alerts of the newest list that are not over, and whether that list can be taken as the present. */
export async function readAlerts(reader: Reader, systemId: string): Promise<Omit<Alerts, 'system_id'>> {
  const rows = await reader.query<Omit<Alert, 'times'> & { times: Seconds[] }>(
    `select alert_id, type, summary, description, url, times, station_ids, region_ids, valid_from
     from api.system_alert where system_id = $1 and valid_to is null
       and (times = '[]' or exists (
         select from jsonb_array_elements(times) as entry where coalesce((entry ->> 'end')::double precision, 'infinity') > extract(epoch from now())))
     order by alert_id collate "C"`,
    [systemId],
  );
  const alerts = rows.map(({ times, ...row }) => ({
    ...row,
    times: times.map(({ start, end }) => ({ start: instantOf(start), end: instantOf(end) })),
  }));
  return { ...(await readHeard(reader, systemId, FEEDS.system_alerts.names[0].name)), alerts };
}

type Seconds = { start: number | null; end: number | null };

/** Null for a time that no calendar has: feeds contain anything. */
function instantOf(seconds: number | null): string | null {
  if (seconds === null) return null;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? null : date.toISOString();
}

type ZoneRow = Zones['features'][number]['properties'] & { polygons: number[][][][] | null };

export async function readZones(reader: Reader, systemId: string): Promise<Zones> {
  const rows = await reader.query<ZoneRow>(
    `select name, is_global, starts_at, ends_at, rules, polygons
     from api.geofencing_zone where system_id = $1 and valid_to is null order by number`,
    [systemId],
  );
  return {
    type: 'FeatureCollection',
    ...(await readHeard(reader, systemId, FEEDS.geofencing_zones.names[0].name)),
    features: rows.map(({ polygons, ...properties }) => ({
      type: 'Feature',
      geometry: polygons === null ? null : { type: 'MultiPolygon', coordinates: polygons },
      properties,
    })),
  };
}
