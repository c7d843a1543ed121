import { BAD, GOOD, GREY, thresholds, valueMap } from '../colours.ts';
import { sqlTable } from '../questions/sql-query.ts';
import { CHOSEN_SYSTEMS } from '../questions/variables.ts';
import { stat } from './stat.ts';
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

/** How many feeds of the chosen systems are late. @param more what it means beside the other tiles */
export const lateFeeds = (title: string, more = '') =>
  stat(
    {
      title,
      description: `Now: no success for 5 minutes, 10 times the ttl and 3 times the usual interval, or data that stands still (docs/views.md).${more}`,
      noValue: 'None is polled',
      unit: 'none',
    },
    sqlTable(
      `select count(*) filter (where overdue) as "Late" from api.feed_health where ${CHOSEN_SYSTEMS} and not is_archive having count(*) > 0`,
    ),
    { limits: thresholds(GOOD, [BAD, 1]) },
  );
