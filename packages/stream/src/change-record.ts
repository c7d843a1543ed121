/** The `ce_type` of a record of velolog.changes. */
const CHANGE_TYPE = 'org.velolog.station_change';

/** A row of api.station_change. Null means unknown. Times are RFC 3339 in UTC, with milliseconds. */
export type StationChange = {
  system_id: string;
  station_id: string;
  name: string | null;
  lat: number | null;
  lon: number | null;
  observed_at: string;
  prev_observed_at: string;
  num_bikes_available: number | null;
  prev_num_bikes_available: number | null;
  bikes_delta: number | null;
  num_docks_available: number | null;
  prev_num_docks_available: number | null;
  docks_delta: number | null;
  gap_seconds: number;
};

/** Identifies a change in SQL too, and in a record that was sent twice: a station has at most one change at any time. */
export function changeId({
  system_id,
  station_id,
  observed_at,
}: Pick<StationChange, 'system_id' | 'station_id' | 'observed_at'>): string {
  return `${system_id}/${station_id}/${observed_at}`;
}

/** Encodes like velolog.polls: CloudEvents' Kafka binding in binary mode. The value is the row as JSON; the headers describe it. */
export function encodeChange(change: StationChange): {
  key: string;
  value: string;
  headers: Record<string, string>;
} {
  const subject = `${change.system_id}/${change.station_id}`;
  return {
    key: subject,
    value: JSON.stringify(change),
    headers: {
      ce_specversion: '1.0',
      ce_id: changeId(change),
      ce_source: 'velolog:api.station_change',
      ce_type: CHANGE_TYPE,
      ce_subject: subject,
      ce_time: change.observed_at,
      'content-type': 'application/json',
    },
  };
}
