import { isJsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';
import { hasControls } from './control-characters.ts';

/**
 * Returns an absolute http or https URL as the feed wrote it. Anything else becomes null and is tallied: pages show it as a link, which must
 * never be a "javascript:" URL.
 */
export function readWebUrl(text: string | null, coerced: Tally): string | null {
  if (text === null) return null;
  const url = parseWebUrl(text);
  // A parsed URL contains no control characters.
  if (url !== undefined) return hasControls(text) ? url.href : text;
  tally(coerced, 'url_unusable');
  return null;
}

/** Resolves `text` against `base`. Returns `undefined` when the result is not an http or https URL. */
export function parseWebUrl(text: string, base?: string): URL | undefined {
  const url = URL.parse(text.trim(), base);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}

/** Links to rent at a station: a web page, and URIs that open the operator's app. At least one is not null. */
export type RentalUris = { web: string | null; android: string | null; ios: string | null };

const LENGTH_MAX = 2_048;

/** Schemes that cannot open an app: a browser would run or read them itself. */
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

/** Reads `rental_uris` (1.1 to 3.1) of a station. Pages show them as links: `web` must be http or https, an app may use any scheme that runs no code. */
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
