import type { Station } from '../../api/station.ts';
import type { Reader } from '../../database/reader.ts';

export type GbfsStation = Pick<
  Station,
  | 'station_id'
  | 'name'
  | 'lat'
  | 'lon'
  | 'capacity'
  | 'num_bikes_available'
  | 'num_docks_available'
  | 'num_bikes_disabled'
  | 'num_docks_disabled'
  | 'is_installed'
  | 'is_renting'
  | 'is_returning'
  | 'num_ebikes_available'
> & { observed_at: string; state: string };

/** The stations of a system at a moment, as far as they were observed. */
export type StationsAt = {
  /** The last poll by then that listed stations; null when there is none. */
  observedAt: string | null;
  /** False when nobody observed that moment. */
  isSeen: boolean;
  stations: GbfsStation[];
};

const COLUMNS = `station_id, name, lat, lon, capacity, num_bikes_available, num_docks_available, num_bikes_disabled,
  num_docks_disabled, is_installed, is_renting, is_returning, num_ebikes_available, observed_at, state`;

/** @param at null for the present */
export async function readGbfsStations(
  reader: Reader,
  systemId: string,
  at: Date | null,
): Promise<StationsAt> {
  const [span] = await reader.query<{ observed_at: string; is_seen: boolean }>(
    `select least(polled_at, $2) as observed_at, to_at >= coalesce($2, 'infinity') as is_seen
     from api.seen_span where system_id = $1 and ($2::timestamptz is null or from_at <= $2)
     order by from_at desc limit 1`,
    [systemId, at],
  );
  if (span === undefined) return { observedAt: null, isSeen: false, stations: [] };
  if (!span.is_seen) return { observedAt: span.observed_at, isSeen: false, stations: [] };
  const listed = `where state <> 'absent' order by station_id collate "C"`;
  const stations =
    at === null
      ? await reader.query<GbfsStation>(
          `select ${COLUMNS} from (select * from api.station_current where system_id = $1) as station ${listed}`,
          [systemId],
        )
      : await reader.query<GbfsStation>(
          `select ${COLUMNS} from api.station_at($2, $1) as station ${listed}`,
          [systemId, at],
        );
  return { observedAt: span.observed_at, isSeen: true, stations };
}

/** When a feed of a system was next observed after a moment; null when it has not been yet. */
export async function readNextObservation(
  reader: Reader,
  systemId: string,
  feeds: string[],
  after: Date,
): Promise<string | null> {
  const [row] = await reader.query<{ from_at: string | null }>(
    `select min(from_at) as from_at from api.feed_coverage
     where system_id = $1 and feed = any($2) and outcome = 'observed' and from_at > $3`,
    [systemId, feeds, after],
  );
  return row?.from_at ?? null;
}
