import type { z } from '@hono/zod-openapi';
import type { System } from '../api/system.ts';
import type { systemsQuery } from './parameters.ts';

/** Of all, those that meet every condition: even a whole catalogue is in memory already, for all who ask. */
export function selectSystems(
  systems: System[],
  { text, country, bbox }: z.infer<typeof systemsQuery>,
): System[] {
  const words = plain(text ?? '')
    .split(/\s+/)
    .filter(Boolean);
  const [west = 0, south = 0, east = 0, north = 0] = bbox?.split(',').map(Number) ?? [];
  return systems.filter((system) => {
    const { system_id, name, operator, bounds } = system;
    const found = plain(`${system_id} ${name ?? ''} ${operator ?? ''}`);
    if (!words.every((word) => found.includes(word))) return false;
    if (country !== undefined && system.country !== country.toUpperCase()) return false;
    if (bbox === undefined) return true;
    return (
      bounds !== null && bounds[0] <= east && bounds[2] >= west && bounds[1] <= north && bounds[3] >= south
    );
  });
}

/** "Sykkel på Ås" is "sykkel pa as". */
function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ø', 'o')
    .replaceAll('æ', 'ae');
}
