import { type Tally, tally } from '../tally.ts';

/**
 * Zones for which ICU still returns the old name. Debian moved the old names to a separate package (tzdata-legacy), so PostgreSQL on Debian
 * may know only the new ones.
 */
const RENAMED: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/**
 * Returns the canonical IANA name of a time zone. Anything else becomes null and is tallied, because PostgreSQL's `at time zone` fails the whole
 * query on a name that it does not know. Abbreviations are ambiguous (BST is Dhaka to ICU, London to PostgreSQL), so only UTC and names
 * with a place are accepted. Offsets ("+01:00") are not, since PostgreSQL reads their sign the other way round.
 */
export function readTimezone(text: string | null, coerced: Tally): string | null {
  if (text === null) return null;
  const name = /^[A-Za-z]+\/|^UTC$/i.test(text) ? canonicalName(text) : null;
  if (name === null) tally(coerced, 'timezone_unknown');
  else if (name !== text) tally(coerced, 'timezone_respelled');
  return name;
}

function canonicalName(timeZone: string): string | null {
  try {
    const name = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
    return RENAMED[name] ?? name;
  } catch {
    return null;
  }
}
