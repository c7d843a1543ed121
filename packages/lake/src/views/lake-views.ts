import { readFileSync } from 'node:fs';

/** Each comes after those it reads. */
export const LAKE_VIEWS = [
  'system',
  'station',
  'feed_coverage',
  'station_change',
  'station_hour',
  'station_spell',
  'outage_episode',
] as const;

/** The text of a view, the same for every engine that reads the files. */
export function lakeViewText(name: (typeof LAKE_VIEWS)[number]): string {
  return readFileSync(new URL(`../../../../sql/lake/${name}.sql`, import.meta.url), 'utf8');
}
