import type { SkipCode } from '../codes.ts';
import type { Decoded } from '../decoded.ts';
import { readEnvelope } from '../envelope.ts';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { tally } from '../tally.ts';
import { findList } from './row-list.ts';

/** A season in which a system is open. Without years it repeats every year. */
export type Season = {
  start_month: number;
  start_day: number;
  start_year: number | null;
  end_month: number;
  end_day: number;
  end_year: number | null;
};

/**
 * Decodes system_calendar of GBFS 1.0 to 2.3 by shape; from 3.0 on system_information has `opening_hours` instead.
 * @throws UndecodableBody when there is no list of calendars. An empty list is valid.
 */
export function decodeSystemCalendar(document: unknown): Decoded<Season> {
  const { content, envelope } = readEnvelope(document);
  const rows: Season[] = [];
  for (const season of findList(content, ['calendars'], 'no_calendar_list')) {
    const row = isJsonObject(season) ? readSeason(season) : 'not_an_object';
    if (typeof row === 'string') tally(envelope.skipped, row);
    else rows.push(row);
  }
  return { rows, ...envelope };
}

function readSeason(season: JsonObject): Season | SkipCode {
  const start_month = readWhole(season.start_month, 1, 12);
  const start_day = readWhole(season.start_day, 1, 31);
  const end_month = readWhole(season.end_month, 1, 12);
  const end_day = readWhole(season.end_day, 1, 31);
  if (start_month === null || start_day === null || end_month === null || end_day === null) {
    return 'date_unreadable';
  }
  const start_year = readWhole(season.start_year, 1900, 2200);
  return {
    start_month,
    start_day,
    start_year,
    end_month,
    end_day,
    end_year: readWhole(season.end_year, 1900, 2200),
  };
}

function readWhole(value: unknown, min: number, max: number): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= min && (number as number) <= max
    ? (number as number)
    : null;
}
