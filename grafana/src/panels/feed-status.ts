import { BAD, GOOD, GREY, valueMap } from '../colours.ts';
import type { Column } from './table.ts';

/** The health of a feed as one word, from a row of api.feed_health. An archive is not polled, so it is neither late nor on time. */
export const FEED_STATUS = `case when is_archive then 'archive' when overdue then 'late' when consecutive_failures > 0 then 'failing' else 'on time' end`;

/** The first columns of a table of feeds, with one row of api.feed_health each. */
export const FEED_COLUMNS = `system_id as "System",
        ${FEED_STATUS} as "Status",
        feed as "Feed",
        age_seconds as "Age",
        ttl_seconds as "ttl"`;

/** The column with that word. */
export const feedStatus: Column = {
  mappings: [
    valueMap([
      ['late', 'late', BAD],
      ['failing', 'failing', BAD],
      ['on time', 'on time', GOOD],
      ['archive', 'archive', GREY],
    ]),
  ],
  coloured: true,
  width: 80,
};
