import { isJsonObject } from '../json-object.ts';
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

/** Where to rent at a station: a page, and what opens the operator's app. At least one is known. */
export type RentalUris = { web: string | null; android: string | null; ios: string | null };

const LENGTH_MAX = 2_048;

/** What a browser would run or read itself, where an app is meant. */
const NO_APP = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'blob:',
  'file:',
  'filesystem:',
  'about:',
  'view-source:',
  'intent:',
  'content:',
]);

/** `rental_uris` (1.1 to 3.1) of a station. They become links on pages: a page is http or https, an app any scheme that runs no code. */
export function readRentalUris(value: unknown, coerced: Tally): RentalUris | null {
  if (!isJsonObject(value)) return null;
  const uris: RentalUris = {
    web: readUri(value.web, (uri) => parseWebUrl(uri) !== undefined, coerced),
    android: readUri(value.android, isAppUri, coerced),
    ios: readUri(value.ios, isAppUri, coerced),
  };
  return uris.web === null && uris.android === null && uris.ios === null ? null : uris;
}

function readUri(value: unknown, isUsable: (uri: string) => boolean, coerced: Tally): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (
    typeof value === 'string' &&
    value.length <= LENGTH_MAX &&
    value.isWellFormed() &&
    !hasControls(value) &&
    isUsable(value)
  )
    return value.trim();
  tally(coerced, 'url_unusable');
  return null;
}

function isAppUri(uri: string): boolean {
  const url = URL.parse(uri.trim());
  return url !== null && !NO_APP.has(url.protocol);
}
