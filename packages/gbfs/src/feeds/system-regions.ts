import type { Decoded } from '../decoded.ts';
import { readLocalizedText } from '../values/localized-text.ts';
import { decodeRows } from './row-list.ts';

export type SystemRegion = { region_id: string; name: string | null };

/**
 * Decodes system_regions of GBFS 1.0 to 3.1 by shape.
 * @param languages preferred translations of a name; without them the publisher's first.
 * @throws UndecodableBody when there is no list of regions. An empty list is valid.
 */
export function decodeSystemRegions(
  document: unknown,
  languages: readonly string[] = [],
): Decoded<SystemRegion> {
  return decodeRows(document, {
    names: ['regions'],
    missing: 'no_region_list',
    id: 'region_id',
    readRow: (region, region_id, { coerced }) => ({
      region_id,
      name: readLocalizedText(region.name, coerced, languages),
    }),
  });
}
