import { z } from 'zod';
import { isJsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { hasControls, withoutControls } from './control-characters.ts';
import { chooseLanguage } from './language.ts';

/** Limit for names; the longest in the recorded feeds has 100 characters. */
const TEXT_LENGTH_MAX = 1_000;
/** Limit for descriptions of alerts and prices, which are longer. */
export const DESCRIPTION_LENGTH_MAX = 10_000;

const translation = z.object({ text: z.union([z.string(), z.number()]), language: z.string().catch('') });

/**
 * Reads text to show: a string (GBFS 1.0 to 2.3), or one of a list of {text, language} (from 3.0 on).
 * Blank text and the word "null" become null. Removes characters that PostgreSQL cannot store or that would control a terminal.
 */
export function readLocalizedText(
  value: unknown,
  coerced: Tally,
  languages: readonly string[] = [],
  lengthMax = TEXT_LENGTH_MAX,
): string | null {
  if (typeof value === 'string') return cleanText(value, coerced, lengthMax);
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') {
    tally(coerced, 'text_number');
    return String(value);
  }
  const translations = (Array.isArray(value) ? value : [value])
    .filter(isJsonObject)
    .map((entry) => translation.safeParse(entry).data)
    .filter((entry) => entry !== undefined && String(entry.text).trim() !== '');
  const language = chooseLanguage(
    translations.map((entry) => entry?.language ?? ''),
    languages,
  );
  const chosen = translations.find((entry) => entry?.language === language);
  if (chosen !== undefined) return cleanText(String(chosen.text), coerced, lengthMax);
  if (!(Array.isArray(value) && value.length === 0)) tally(coerced, 'text_unreadable');
  return null;
}

function cleanText(raw: string, coerced: Tally, lengthMax: number): string | null {
  let text = raw.trim();
  if (text === '') return null;
  if (text.toLowerCase() === 'null') {
    tally(coerced, 'text_null');
    return null;
  }
  if (hasControls(text) || !text.isWellFormed()) {
    tally(coerced, 'text_cleaned');
    text = withoutControls(text).trim().toWellFormed();
  }
  if (text.length > lengthMax) {
    tally(coerced, 'text_cut');
    text = text.slice(0, lengthMax).toWellFormed();
  }
  return text === '' ? null : text;
}
