import { allNamesOf } from '@velolog/gbfs/feeds';
import type pg from 'pg';

/** A range of time whose records have been processed, both ends included. Epoch milliseconds. */
export type ObservedRange = { from: number; to: number };

/** The ranges of one feed under all its names, in order of time: under another name it tells of the same vehicles. */
export async function readObservedRanges(
  client: pg.Client,
  system: string,
  feed: string,
): Promise<ObservedRange[]> {
  const { rows } = await client.query<{ from: number; to: number }>(
    `select extract(epoch from from_at)::double precision * 1000 as from, extract(epoch from to_at)::double precision * 1000 as to
     from api.observed_range
     where system_id = $1 and feed = any($2)
     order by from_at`,
    [system, allNamesOf(feed)],
  );
  // Fetch times are whole milliseconds; floating-point arithmetic adds the rest.
  return rows.map(({ from, to }) => ({ from: Math.round(from), to: Math.round(to) }));
}

export function isObserved(ranges: ObservedRange[], at: number): boolean {
  return ranges.some(({ from, to }) => from <= at && at <= to);
}
