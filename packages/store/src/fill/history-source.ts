/**
 * History of systems as packages/lake reads it from an export, for tables that do not know these systems. Files are CSV without a
 * header with the columns asked for, null is nothing and an empty text is in quotes.
 */
export type HistorySource = {
  system_ids: string[];
  /** Writes the rows of a table that is no larger than the number of stations and spans, and says where. */
  read(
    table: 'system' | 'station' | 'coverage' | 'observed_range' | 'station_absence',
    columns: string[],
  ): Promise<string>;
  months: MonthOfHistory[];
  hours: HoursOfHistory[];
  /**
   * From when on every row of a system is there, as text; systems of which every row is there have no entry. What was before is known by the
   * hours alone, as after retention has dropped rows.
   */
  wholeFrom: ReadonlyMap<string, string>;
};

/** Rows of station_status. */
export type MonthOfHistory = {
  system_id: string;
  month: string;
  /** The months in which its rows lie: those that held before a cut may be older. */
  rowMonths: string[];
  revision: number;
  rows: number;
  /** What velolog.month_checksum() says of the rows of the month; null when it also holds rows from before. */
  checksum: string | null;
  path(columns: string[]): Promise<string>;
};

/** Rows of station_hour that cannot be worked out again. */
export type HoursOfHistory = { system_id: string; path(columns: string[]): Promise<string> };
