import type { Decoded } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import { isJsonObject } from '../json-object.ts';
import { tally } from '../tally.ts';
import { findList } from './row-list.ts';

/** Hours in which a system is open, in its local time. An end before the start is on the next day. */
export type RentalHours = {
  user_types: string[];
  days: string[];
  /** HH:MM:SS; the end may be after 24:00:00. */
  start_time: string;
  end_time: string;
};

const TIME = /^\d{1,2}:\d\d(:\d\d)?$/;

/**
 * Decodes system_hours of GBFS 1.0 to 2.3 by shape; from 3.0 on system_information has `opening_hours` instead.
 * @throws UndecodableBody when there is no list of hours. An empty list is valid.
 */
export function decodeSystemHours(document: unknown): Decoded<RentalHours> {
  const { content, envelope } = readEnvelope(document);
  const rows: RentalHours[] = [];
  for (const hours of findList(content, ['rental_hours'], 'no_hours_list')) {
    const [start_time, end_time] = isJsonObject(hours) ? [hours.start_time, hours.end_time] : [];
    if (!isJsonObject(hours)) tally(envelope.skipped, 'not_an_object');
    else if (!isTime(start_time) || !isTime(end_time)) tally(envelope.skipped, 'time_unreadable');
    else
      rows.push({
        user_types: readWords(hours.user_types),
        days: readWords(hours.days),
        start_time,
        end_time,
      });
  }
  return { rows, ...envelope };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}

function readWords(value: unknown): string[] {
  return (Array.isArray(value) ? value : [])
    .filter((word) => typeof word === 'string')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => /^[a-z_]{1,20}$/.test(word));
}
