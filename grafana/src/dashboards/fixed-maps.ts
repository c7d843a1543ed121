import { createHash } from 'node:crypto';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import pg from 'pg';
import { type Bounds, viewOf } from '../maps/fixed-view.ts';
import { system } from './system.ts';

/**
 * Makes a system dashboard for each system of a database. Its maps show the area of the system's stations and keep that view when they refresh.
 * The outermost hundredth of stations on each side does not count, because it may be a depot or a wrong coordinate.
 * @param readerUrl URL to log in to the database as velolog_reader
 */
export async function fixedMaps(readerUrl: string): Promise<Record<string, Dashboard>> {
  const client = new pg.Client({ connectionString: readerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ system_id: string; name: string | null } & Bounds>(`
      select
        system.system_id,
        system.name,
        percentile_disc(0.01) within group (order by lat) as south,
        percentile_disc(0.99) within group (order by lat) as north,
        percentile_disc(0.01) within group (order by lon) as west,
        percentile_disc(0.99) within group (order by lon) as east
      from api.system
      join api.station using (system_id)
      where lat is not null and lon is not null
      group by system.system_id, system.name
      order by system.system_id`);
    return Object.fromEntries(
      rows.map(({ system_id, name, ...bounds }) => [
        `${fileName(system_id)}.json`,
        system({ uid: uidOf(system_id), system_id, name, view: viewOf(bounds) }),
      ]),
    );
  } finally {
    await client.end();
  }
}

const UID_LENGTH_MAX = 40;

/** Grafana allows at most 40 letters, digits, - and _. A uid that is longer or has other characters gets a hash to keep it unique. */
export function uidOf(system_id: string): string {
  const plain = `velolog-at-${system_id}`;
  if (/^[\w-]+$/.test(plain) && plain.length <= UID_LENGTH_MAX) return plain;
  const hash = createHash('sha256').update(system_id).digest('hex').slice(0, 8);
  return `${plain.replace(/[^\w-]/g, '-').slice(0, UID_LENGTH_MAX - 9)}-${hash}`;
}

const fileName = (system_id: string): string => uidOf(system_id).slice('velolog-at-'.length);
