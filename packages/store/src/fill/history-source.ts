/**
 * History of systems as packages/lake reads it from an export, for tables that do not know these systems. The files are
 * CSV without a header, with the requested columns; null is an empty field, and an empty text is in quotes.
 */
export type HistorySource = {
  system_ids: string[];
  /** Writes the rows of a table that grows only with the number of stations and spans, and returns the file's path. */
  read(
    table: 'system' | 'station' | 'coverage' | 'observed_range' | 'station_absence',
    columns: string[],
  ): Promise<string>;
  months: MonthOfHistory[];
  hours: HoursOfHistory[];
  /**
   * Since when every row of a system is present, as text; systems with all rows have no entry. What was before is known
   * only by the hours, as after retention has dropped rows.
   */
  wholeFrom: ReadonlyMap<string, string>;
};

/** Rows of station_status. */
export type MonthOfHistory = {
  system_id: string;
  month: string;
  /** The months that contain its rows: rows that were valid before a cut may be older. */
  rowMonths: string[];
  revision: number;
  rows: number;
  /** The result of velolog.month_checksum() for the rows of the month; null when it also holds rows from before. */
  checksum: string | null;
  path(columns: string[]): Promise<string>;
};

/** Rows of station_hour that cannot be computed again. */
export type HoursOfHistory = { system_id: string; path(columns: string[]): Promise<string> };
