import { type Tally, tally } from '../tally.ts';

/**
 * Names that ICU still gives by their old spelling. Debian keeps old ones in a package of their own (tzdata-legacy), so that PostgreSQL
 * there knows the new one only.
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
 * The IANA name of a time zone in its canonical spelling, else null and tallied: `at time zone` of PostgreSQL fails the whole query on a
 * name it does not know. An abbreviation means two things (BST is Dhaka to ICU, London to PostgreSQL), so only names with a place in them
 * and UTC are taken. Offsets ("+01:00") are not, since PostgreSQL reads their sign the other way round.
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
