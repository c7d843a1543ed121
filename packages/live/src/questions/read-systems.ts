import type { System } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';

type Row = Omit<System, 'simulated' | 'bounds'> & {
  west: number | null;
  south: number | null;
  east: number | null;
  north: number | null;
};

/** All systems, or the one that is asked for, with their totals. */
export async function readSystems(reader: Reader, systemId: string | null = null): Promise<System[]> {
  const rows = await reader.query<Row>(
    `select
       system.*,
       coalesce(total.bikes, 0) as bikes, coalesce(total.docks, 0) as docks,
       coalesce(total.empty, 0) as empty, coalesce(total."full", 0) as "full", coalesce(total.closed, 0) as closed,
       coalesce(total.unknown, 0) as unknown,
       health.overdue,
       total.west, total.south, total.east, total.north
     from api.system
     left join (
       select system_id,
         sum(num_bikes_available) filter (where state <> 'absent') as bikes,
         sum(num_docks_available) filter (where state <> 'absent') as docks,
         count(*) filter (where state = 'empty') as empty,
         count(*) filter (where state = 'full') as "full",
         count(*) filter (where state = 'closed') as closed,
         count(*) filter (where state = 'unknown') as unknown,
         min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
       from api.station_current
       where $1::text is null or system_id = $1
       group by system_id
     ) as total using (system_id)
     left join api.feed_health as health on health.system_id = system.system_id and health.feed = 'station_status'
     where $1::text is null or system.system_id = $1
     order by system.system_id`,
    [systemId],
  );
  return rows.map(({ west, south, east, north, ...row }) => ({
    ...row,
    simulated: isSimulated(row),
    bounds:
      west === null || south === null || east === null || north === null ? null : [west, south, east, north],
  }));
}

/** The simulator says so itself, in what it publishes (packages/simulator/src/published-system.ts). */
export function isSimulated({ name, operator }: Pick<System, 'name' | 'operator'>): boolean {
  return operator === 'Velolog simulator' || /\(simulated\)/i.test(name ?? '');
}
