import { type Tally, tally } from '../tally.ts';
import { hasControls } from './control-characters.ts';

/**
 * An absolute http or https URL as the feed wrote it, else null and tallied: it becomes a link on pages, where "javascript:" must not arrive.
 */
export function readWebUrl(text: string | null, coerced: Tally): string | null {
  if (text === null) return null;
  const url = parseWebUrl(text);
  // The spelling of a parsed URL holds no control characters.
  if (url !== undefined) return hasControls(text) ? url.href : text;
  tally(coerced, 'url_unusable');
  return null;
}

/** Resolves `text` against `base`; `undefined` when that gives no http or https URL. */
export function parseWebUrl(text: string, base?: string): URL | undefined {
  const url = URL.parse(text.trim(), base);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}
