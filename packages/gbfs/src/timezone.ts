import { type Tally, tally } from './tally.ts';

/**
 * An IANA time zone, else null and tallied: `at time zone` of PostgreSQL fails the whole query on a name it does not know.
 * Offsets ("+01:00") are refused too, since PostgreSQL reads their sign the other way round.
 */
export function readTimezone(text: string | null, coerced: Tally): string | null {
  if (text === null) return null;
  if (/^[A-Za-z]/.test(text) && isKnownTimezone(text)) return text;
  tally(coerced, 'timezone_unknown');
  return null;
}

function isKnownTimezone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
