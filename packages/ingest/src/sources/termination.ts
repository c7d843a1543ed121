import { parseBody } from '@velolog/gbfs/body';

const DAY_MS = 86_400_000;
/** After this the day is over in every time zone. */
const ZONES_MS = 12 * 3_600_000;

/**
 * Whether a system_information says that the system was terminated before now (termination_date, GBFS 2.3). Without a clear date, the system
 * continues.
 */
export function isTerminated(body: Buffer, contentType: string | null, nowMs: number): boolean {
  try {
    const { data } = parseBody(body, { contentType }) as { data?: { termination_date?: unknown } | null };
    const date = data?.termination_date;
    if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
    const lastDay = new Date(`${date}T00:00:00Z`);
    return lastDay.toISOString().startsWith(date) && lastDay.getTime() + DAY_MS + ZONES_MS < nowMs;
  } catch {
    return false;
  }
}
