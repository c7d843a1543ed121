/** A column as readers of the files see it. `postgres` is the expression for it, over the table's `postgresFrom`. */
export type LakeColumn = {
  name: string;
  type: 'VARCHAR' | 'TIMESTAMPTZ' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN';
  postgres: string;
  meaning: string;
  unit?: string;
  /** The meaning of null; absent when the column is never null. */
  nulls?: string;
};

export type LakeTable = {
  name: LakeTableName;
  meaning: string;
  grain: string;
  /** The table has a file per system and month, by this time; null when it is one file. */
  monthOf: string | null;
  columns: LakeColumn[];
  /** The sort order, which puts similar rows next to each other: a change takes 3 to 4 bytes instead of 10. */
  sortedBy: string[];
  postgresFrom: string;
};

export type LakeTableName =
  | 'station_status'
  | 'station_hour'
  | 'station'
  | 'system'
  | 'coverage'
  | 'observed_range'
  | 'station_absence';

const systemId: LakeColumn = {
  name: 'system_id',
  type: 'VARCHAR',
  postgres: 'system.system_id',
  meaning: 'The system, as the recorder names it.',
};
const stationId: LakeColumn = {
  name: 'station_id',
  type: 'VARCHAR',
  postgres: 'station.station_id',
  meaning: 'The station, as its feed names it. Unique within its system only.',
};
const NOT_TOLD = 'the feed did not say';

const count = (name: string, what: string, postgres = `status.${name}`): LakeColumn => ({
  name,
  type: 'INTEGER',
  postgres,
  meaning: what,
  unit: what.includes('dock') ? 'docks' : 'bikes',
  nulls: NOT_TOLD,
});

const flag = (name: string, bit: number, meaning: string): LakeColumn => ({
  name,
  type: 'BOOLEAN',
  postgres: `velolog.flag(status.flags, ${bit})`,
  meaning,
  nulls: NOT_TOLD,
});

const time = (name: string, postgres: string, meaning: string, nulls?: string): LakeColumn => ({
  name,
  type: 'TIMESTAMPTZ',
  postgres,
  meaning,
  unit: 'UTC',
  ...(nulls !== undefined && { nulls }),
});

const text = (name: string, meaning: string): LakeColumn => ({
  name,
  type: 'VARCHAR',
  postgres: `the.${name}`,
  meaning,
  nulls: NOT_TOLD,
});

const share = (name: string, meaning: string, nulls?: string): LakeColumn => ({
  name,
  type: 'DOUBLE',
  postgres: `hour.${name}`,
  meaning,
  unit: 'share, 0 to 1',
  ...(nulls !== undefined && { nulls }),
});

const ofHour = (name: string, type: 'INTEGER' | 'DOUBLE', unit: string, meaning: string, nulls?: string) => ({
  name,
  type,
  postgres: `hour.${name}`,
  meaning,
  unit,
  ...(nulls !== undefined && { nulls }),
});

const STATE_UNKNOWN = 'the state was not known in the whole hour';

/** In the order in which they are written and described. */
export const LAKE_TABLES: readonly LakeTable[] = [
  {
    name: 'station_status',
    meaning:
      'The reports of each station: one row whenever it reported something else than before. A value holds until the next row of the station, as long as its system was observed (see coverage) and listed the station (see station_absence).',
    grain: 'one row per station and time at which a stored value changed',
    monthOf: 'observed_at',
    sortedBy: ['station_id', 'observed_at'],
    postgresFrom: 'velolog.station_status as status join velolog.station using (station_key)',
    columns: [
      stationId,
      time('observed_at', 'status.observed_at', 'When the recorder fetched the feed.'),
      time(
        'last_reported',
        'status.last_reported',
        'When the station reported its values, as it states. It gives neither an order nor a sign of change.',
        NOT_TOLD,
      ),
      count('num_bikes_available', 'Bikes that can be rented.'),
      count('num_docks_available', 'Free docks that take a bike back.'),
      count('num_bikes_disabled', 'Bikes that cannot be rented.'),
      count('num_docks_disabled', 'Free docks that take none back: out of order.'),
      flag('is_installed', 0, 'The station is on the street.'),
      flag('is_renting', 1, 'The station rents.'),
      flag('is_returning', 2, 'The station takes bikes back.'),
    ],
  },
  {
    name: 'station_hour',
    meaning:
      'How many bikes and docks each station had in each hour, weighted by time, and how long it had none.',
    grain:
      'one row per station and UTC hour in which it was observed; an hour without a row was not observed',
    monthOf: 'hour_at',
    sortedBy: ['station_id', 'hour_at'],
    postgresFrom: 'api.station_hour_between(:since, :to, :system_id) as hour',
    columns: [
      { ...stationId, postgres: 'hour.station_id' },
      time('hour_at', 'hour.hour_at', 'Beginning of the hour.'),
      ...(['bikes', 'docks'] as const).flatMap((what) => [
        ofHour(`${what}_min`, 'INTEGER', what, `Fewest ${what}.`, NOT_TOLD),
        ofHour(
          `${what}_mean`,
          'DOUBLE',
          what,
          `Mean of ${what} over the time it was known.`,
          'it was known for 0 s',
        ),
        ofHour(`${what}_max`, 'INTEGER', what, `Most ${what}.`, NOT_TOLD),
      ]),
      share(
        'empty_share',
        'Share of the time with a known state in which there was nothing to rent.',
        STATE_UNKNOWN,
      ),
      share(
        'full_share',
        'Share of the time with a known state in which no bike could be returned.',
        STATE_UNKNOWN,
      ),
      share(
        'closed_share',
        'Share of the time with a known state in which the station was closed.',
        STATE_UNKNOWN,
      ),
      share('observed_share', 'Share of the hour in which the station was observed.'),
      ofHour(
        'arrivals',
        'INTEGER',
        'bikes',
        'Sum of the rises between two polls: a lower bound of returns.',
        NOT_TOLD,
      ),
      ofHour(
        'departures',
        'INTEGER',
        'bikes',
        'Sum of the falls between two polls: a lower bound of rentals.',
        NOT_TOLD,
      ),
      ofHour(
        'largest_step',
        'INTEGER',
        'bikes',
        'Most bikes that came or went at once; a large number suggests a van.',
        NOT_TOLD,
      ),
      share(
        'unknown_share',
        'Share of the observed time in which the state was unknown.',
        'it was observed for 0 s',
      ),
    ],
  },
  {
    name: 'station',
    meaning: 'Each station, with the last name and place that the feed gave.',
    grain: 'one row per station',
    monthOf: null,
    sortedBy: ['system_id', 'station_id'],
    postgresFrom: 'api.station as the',
    columns: [
      { ...systemId, postgres: 'the.system_id' },
      { ...stationId, postgres: 'the.station_id' },
      text('name', 'Name.'),
      { ...text('lat', 'Latitude, WGS 84.'), type: 'DOUBLE', unit: 'degrees' },
      { ...text('lon', 'Longitude, WGS 84.'), type: 'DOUBLE', unit: 'degrees' },
      { ...text('capacity', 'Docks, in use or not.'), type: 'INTEGER', unit: 'docks' },
      time(
        'first_observed_at',
        'the.first_observed_at',
        'First poll that listed it.',
        'no station_status ever listed it',
      ),
      time(
        'last_observed_at',
        'the.last_observed_at',
        'Last poll that listed it.',
        'no station_status ever listed it',
      ),
    ],
  },
  {
    name: 'system',
    meaning: 'Each system, with its operator and the licence of its data.',
    grain: 'one row per system',
    monthOf: null,
    sortedBy: ['system_id'],
    postgresFrom: 'api.system as the',
    columns: [
      { ...systemId, postgres: 'the.system_id' },
      text('name', 'Name.'),
      text('operator', 'Who runs it.'),
      text('timezone', 'Time zone, as in the IANA database.'),
      text('url', 'Web page.'),
      text('license_url', 'Licence of the data.'),
      text('country', 'Country, as its ISO 3166 code.'),
      { ...text('stations', 'Stations that the newest poll listed.'), type: 'INTEGER', unit: 'stations' },
      time('first_observed_at', 'the.first_observed_at', 'First poll that saw stations.', 'none did'),
      time('last_observed_at', 'the.last_observed_at', 'Last poll that saw stations.', 'none did'),
      {
        name: 'is_archive',
        type: 'BOOLEAN',
        postgres: 'the.is_archive',
        meaning: 'It was imported and is not polled.',
      },
    ],
  },
  {
    name: 'coverage',
    meaning:
      'What was polled when, so that "no row" can be read as unchanged or as not observed. Only the outcome "observed" is an observation; time between two rows was not polled at all.',
    grain: 'one row per run of polls of a feed with the same outcome and no hole',
    monthOf: null,
    sortedBy: ['system_id', 'feed', 'from_at'],
    postgresFrom:
      'velolog.coverage as span join velolog.feed using (feed_key) join velolog.system using (system_key)',
    columns: [
      systemId,
      { name: 'feed', type: 'VARCHAR', postgres: 'feed.feed', meaning: 'The feed, as GBFS names it.' },
      time('from_at', 'span.from_at', 'First poll of the run.'),
      time('to_at', 'least(span.to_at, :until)', 'Last poll of the run.'),
      {
        name: 'polls',
        type: 'INTEGER',
        postgres: 'span.polls',
        meaning: 'Polls of the run, also those after the last day of a bundle.',
        unit: 'polls',
      },
      {
        name: 'outcome',
        type: 'VARCHAR',
        postgres: 'span.outcome',
        meaning:
          'observed: stations were seen; empty: a list without stations; undecodable: a body that cannot be read; failed: no answer; lost: the polls were removed before they were read.',
      },
    ],
  },
  {
    name: 'observed_range',
    meaning:
      'The stretches of time that records of a feed cover: the newest is the live one, the others are imported history. Values do not hold from one into the next.',
    grain: 'one row per stretch of a feed',
    monthOf: null,
    sortedBy: ['system_id', 'feed', 'from_at'],
    postgresFrom:
      'velolog.observed_range as span join velolog.feed using (feed_key) join velolog.system using (system_key)',
    columns: [
      systemId,
      { name: 'feed', type: 'VARCHAR', postgres: 'feed.feed', meaning: 'The feed, as GBFS names it.' },
      time('from_at', 'span.from_at', 'First record.'),
      time('to_at', 'least(span.to_at, :until)', 'Last record.'),
      {
        name: 'is_live',
        type: 'BOOLEAN',
        postgres: `span.to_at < :until and exists (
          select from api.observed_lane as lane
          where lane.feed_key = span.feed_key and lane.from_at = span.from_at and lane.is_polled)`,
        meaning:
          'Of station_status: it is the newest, reaches to the end of what was recorded, and its system is polled, so its last values may still hold. False for other feeds.',
      },
    ],
  },
  {
    name: 'station_absence',
    meaning: 'When a station was missing from a list that had others.',
    grain: 'one row per absence of a station',
    monthOf: null,
    sortedBy: ['system_id', 'station_id', 'from_at'],
    postgresFrom:
      'velolog.station_absence as absence join velolog.station using (station_key) join velolog.system using (system_key)',
    columns: [
      systemId,
      stationId,
      time('last_seen_at', 'absence.last_seen_at', 'Last poll with it.'),
      time('from_at', 'absence.from_at', 'First poll without it.'),
      time(
        'to_at',
        'case when absence.to_at < :until then absence.to_at end',
        'First poll with it again.',
        'it was still absent when the history ended',
      ),
    ],
  },
];

export function lakeTable(name: LakeTableName): LakeTable {
  const table = LAKE_TABLES.find((one) => one.name === name);
  if (table === undefined) throw new Error(`There is no table ${name} in a lake`);
  return table;
}
