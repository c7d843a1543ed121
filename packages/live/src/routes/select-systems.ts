import type { z } from '@hono/zod-openapi';
import type { System } from '../api/system.ts';
import { readBox, touches } from '../geography/box.ts';
import type { systemsQuery } from './parameters.ts';

/** The systems that meet every condition. Even a whole catalogue is already in memory for all requests. */
export function selectSystems(
  systems: System[],
  { text, country, bbox }: z.infer<typeof systemsQuery>,
): System[] {
  const words = plain(text ?? '')
    .split(/\s+/)
    .filter(Boolean);
  const box = bbox === undefined ? null : readBox(bbox);
  return systems.filter((system) => {
    if (country !== undefined && system.country !== country.toUpperCase()) return false;
    if (box !== null && (system.bounds === null || !touches(box, system.bounds))) return false;
    return words.length === 0 || holdsAll(words, system);
  });
}

function holdsAll(words: string[], { system_id, name, operator, country }: System): boolean {
  const found = plain(`${system_id} ${name ?? ''} ${operator ?? ''} ${countryName(country)}`);
  return words.every((word) => found.includes(word));
}

const COUNTRIES = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

function countryName(country: string | null): string {
  return country !== null && /^[A-Z]{2}$/.test(country) ? (COUNTRIES.of(country) ?? '') : '';
}

/** "Sykkel på Ås" becomes "sykkel pa as". */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ø', 'o')
    .replaceAll('æ', 'ae');
}
