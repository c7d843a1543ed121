import type { CommonQueryMethods, FragmentSqlToken } from 'slonik';

/** One check of the tables, for one or a few flags. */
export type Check = {
  flags: string[];
  /**
   * By the feed of a finding: other feeds of the system that the finding also depends on. It lasts only while the feed and one of these
   * are observed.
   */
  restsOn?: Record<string, string[]>;
  /**
   * Rows (system_key, feed, station_id, flag, since, seen_at, evidence); seen_at is the newest observation that shows the
   * finding.
   */
  found: FragmentSqlToken | ((db: CommonQueryMethods) => Promise<FragmentSqlToken>);
};
