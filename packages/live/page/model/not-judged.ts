import type { Quality } from '../../src/api/quality.ts';

/** As told by the server, or that it did not answer. */
export type NotJudgedBecause = NonNullable<Quality['not_judged_because']> | 'unanswered';

/** Why the data quality is unknown: without this text, the absence of a mark would read as "all is well". */
export const NOT_JUDGED: Record<NotJudgedBecause, string> = {
  archive: 'Imported history: its data quality is not checked.',
  unobserved: 'Data quality is not known: no poll has been answered yet.',
  old: 'Data quality is not known: the feeds were not read in the last 26 hours.',
  unchecked: 'Data quality has not been checked yet.',
  unanswered: 'Data quality is not known: the server did not answer.',
};
