import type { Tally } from '@velolog/gbfs/tally';

/**
 * Facts about the newest accepted body of a feed beside its rows, for the quality flags; no other table keeps them.
 * They follow from the records alone. They contain nothing that identifies a vehicle.
 */
export type BodyFacts = {
  rows: number;
  skipped: Tally;
  coerced: Tally;
  /** How many seconds the newest timestamp lies after our fetch; absent when it is less than a minute. */
  stamp_ahead_seconds?: number;
  report_ahead_seconds?: number;
  /** Rows with a last_reported, if all of them have the same value. */
  rows_with_one_report?: number;
  /**
   * Stations with a count of 999 or more (`huge_counts`), and stations whose vehicle types do not add up to their vehicles
   * (`types_differ`): how many, and one of them.
   */
  huge_counts?: Found;
  types_differ?: Found;
  /** Stations that reported more than 72 h ago. */
  reported_long_ago?: string[];
  /**
   * How many polls brought changed stations since last_updated last changed, and the first fetch with that
   * last_updated, in epoch seconds.
   */
  changes_since_stamp?: number;
  stamp_at?: number;
  /**
   * Times between polls with a change, of today and the day before. Per day: all of them, those longer than five times what the ttl promises, and how
   * many more there may have been while polls were further apart than that.
   */
  change_intervals?: DayOfIntervals[];
};

type Found = { stations: number; station_id: string };
/** `unseen` is absent in records of an older worker. */
export type DayOfIntervals = { day: number; all: number; long: number; unseen?: number };
