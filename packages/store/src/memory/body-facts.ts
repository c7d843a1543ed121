import type { Tally } from '@velolog/gbfs/tally';

/**
 * What the newest accepted body of a feed tells beside its rows, for the quality flags: no other table keeps it. It follows from the records alone.
 * Of vehicles nothing that names one.
 */
export type BodyFacts = {
  rows: number;
  skipped: Tally;
  coerced: Tally;
  /** Seconds that the newest stamp lies after our fetch; absent where none does by more than a minute. */
  stamp_ahead_seconds?: number;
  report_ahead_seconds?: number;
  /** Rows with a last_reported, when all of them have the same. */
  rows_with_one_report?: number;
  /** Stations that give a count of 999 or more, or whose vehicle types do not add up to their vehicles: how many, and one of them. */
  huge_counts?: Found;
  types_differ?: Found;
  /** Stations that reported more than 72 h ago, and those that station_information lists and station_status does not. */
  reported_long_ago?: string[];
  without_status?: string[];
  /** Polls whose stations had changed since last_updated was another, and the first fetch with it, in epoch seconds. */
  changes_since_stamp?: number;
  stamp_at?: number;
  /** Times between polls with a change, of today and of the day before: all by day, those longer than five times what the ttl promises, and how many more there may have been while polls were further apart than that. */
  change_intervals?: DayOfIntervals[];
};

type Found = { stations: number; station_id: string };
/** `unseen` is absent in what an older worker wrote. */
export type DayOfIntervals = { day: number; all: number; long: number; unseen?: number };
