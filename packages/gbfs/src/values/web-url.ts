import { type Tally, tally } from '../tally.ts';

/**
 * An absolute http or https URL as the feed wrote it, else null and tallied: it becomes a link on pages, where "javascript:" must not arrive.
 */
export function readWebUrl(text: string | null, coerced: Tally): string | null {
  if (text === null) return null;
  if (parseWebUrl(text) !== undefined) return text;
  tally(coerced, 'url_unusable');
  return null;
}

/** Resolves `text` against `base`; `undefined` when that gives no http or https URL. */
export function parseWebUrl(text: string, base?: string): URL | undefined {
  const url = URL.parse(text.trim(), base);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}
