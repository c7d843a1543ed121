import type { Catalogue, CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { foldText, spellings } from './fold-text.ts';

const countryNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** The English name, such as "Norway"; null when the code is not that of a country. */
export function countryName(code: string): string | null {
  return /^[A-Z]{2}$/.test(code) ? (countryNames.of(code) ?? null) : null;
}

/** Entries that contain each word of the text in their id, name, place or country, in any spelling. */
export function searchCatalogue(
  { entries }: Catalogue,
  { text, country }: { text: string; country: string | undefined },
): CatalogueEntry[] {
  const words = spellings(text).map((spelling) => spelling.split(' ').filter(Boolean));
  return entries.filter((entry) => {
    if (country !== undefined && entry.country !== country.toUpperCase()) return false;
    const { id, listed_id, name, location } = entry;
    const place = `${location} ${entry.country} ${countryName(entry.country) ?? ''}`;
    const found = spellings(`${id} ${listed_id} ${name} ${place}`).join(' ');
    return words.some((spelling) => spelling.every((word) => found.includes(word)));
  });
}

/** Entries that seem to be the same system: same name, same country, and the same place as far as the catalogue tells. */
export function twinsOf(entry: CatalogueEntry, { entries }: Catalogue): string[] {
  return entries
    .filter(
      (other) =>
        other.id !== entry.id &&
        (other.listed_id === entry.listed_id ||
          (other.country === entry.country &&
            foldText(other.name) === foldText(entry.name) &&
            mayBeOnePlace(entry, other))),
    )
    .map(({ id }) => id);
}

function mayBeOnePlace(one: CatalogueEntry, other: CatalogueEntry): boolean {
  return foldText(one.location) === foldText(other.location) || isWholeCountry(one) || isWholeCountry(other);
}

/** Whether its place is just the country: "FR", "Norway". */
function isWholeCountry({ location, country }: CatalogueEntry): boolean {
  const place = foldText(location);
  return place === '' || place === foldText(country) || place === foldText(countryName(country) ?? '');
}
