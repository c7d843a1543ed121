import { readFileSync } from 'node:fs';

/** In an order in which each comes after those it reads. */
export const LAKE_VIEWS = [
  'system',
  'station',
  'feed_coverage',
  'station_change',
  'station_hour',
  'station_spell',
  'outage_episode',
] as const;

/** The one text of a view, for every engine that reads the files. */
export function lakeViewText(name: (typeof LAKE_VIEWS)[number]): string {
  return readFileSync(new URL(`../../../../sql/lake/${name}.sql`, import.meta.url), 'utf8');
}
