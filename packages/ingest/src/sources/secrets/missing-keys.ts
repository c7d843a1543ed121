import type { CatalogueEntry } from '../catalogue.ts';
import type { System } from '../system.ts';
import type { UrlKey } from './url-keys.ts';

type Given = {
  headers: Record<string, string>;
  keys?: readonly UrlKey[];
  authentication?: System['authentication'];
};

/** Names of the keys that a row of the catalogue asks for and that were not given; null when none is missing. */
export function missingKeys(
  wanted: CatalogueEntry['authentication'],
  { headers, keys = [], authentication }: Given,
): string[] | null {
  if (wanted === null) return null;
  const names = wanted.kind === 'url' ? keys.map(({ parameter }) => parameter) : Object.keys(headers);
  const given = new Set(names.map((name) => name.toLowerCase()));
  // Tokens are sent in this header.
  if (authentication !== undefined) given.add('authorization');
  const missing = wanted.names.filter((name) => !given.has(name.toLowerCase()));
  // Some rows do not name what they want, so any key may be it.
  const lacksAny = wanted.names.length === 0 && given.size === 0;
  return missing.length > 0 || lacksAny ? missing : null;
}
