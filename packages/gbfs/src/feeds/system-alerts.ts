import type { Decoded } from '../decoded.ts';
import { isJsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { readIdList } from '../values/id.ts';
import { DESCRIPTION_LENGTH_MAX, readLocalizedText } from '../values/localized-text.ts';
import { readTimestamp } from '../values/timestamp.ts';
import { readWebUrl } from '../values/web-url.ts';
import { readWord } from '../values/word.ts';
import { decodeRows } from './row-list.ts';

const ALERT_TYPES = ['system_closure', 'station_closure', 'station_move', 'other'] as const;

/**
 * An announcement of the operator. It leaves out the `last_updated` of GBFS: in feeds that stamp everything with the time of the
 * request, each poll would be a new version of the document.
 */
export type SystemAlert = {
  alert_id: string;
  type: (typeof ALERT_TYPES)[number] | null;
  /** Epoch seconds; null for an open start or end. Empty when the alert applies for as long as it is listed. */
  times: { start: number | null; end: number | null }[];
  /** Null when the alert is not about particular stations. */
  station_ids: string[] | null;
  region_ids: string[] | null;
  url: string | null;
  summary: string | null;
  description: string | null;
};

/**
 * Decodes system_alerts of GBFS 1.0 to 3.1 by shape.
 * @param languages preferred translations; without them the publisher's first.
 * @throws UndecodableBody when there is no list of alerts. An empty list is valid: nothing is announced.
 */
export function decodeSystemAlerts(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<SystemAlert> {
  return decodeRows(document, {
    names: ['alerts'],
    missing: 'no_alert_list',
    id: 'alert_id',
    readRow: (alert, alert_id, { coerced }) => ({
      alert_id,
      type: readWord(alert.type, 'alert_type', ALERT_TYPES, coerced),
      times: readTimes(alert.times, coerced),
      station_ids: readIdList(alert.station_ids, 'station_id', coerced),
      region_ids: readIdList(alert.region_ids, 'region_id', coerced),
      url: readWebUrl(readLocalizedText(alert.url, coerced, languages), coerced),
      summary: readLocalizedText(alert.summary, coerced, languages),
      description: readLocalizedText(alert.description, coerced, languages, DESCRIPTION_LENGTH_MAX),
    }),
  });
}

function readTimes(value: unknown, coerced: Tally): SystemAlert['times'] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((entry) => {
    if (!isJsonObject(entry)) {
      tally(coerced, 'times_unreadable');
      return [];
    }
    const start = readTimestamp(entry.start, 'start', coerced);
    const end = readTimestamp(entry.end, 'end', coerced);
    return start === null && end === null ? [] : [{ start, end }];
  });
}
