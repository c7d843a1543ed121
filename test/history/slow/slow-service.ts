import type { Spell } from './slow-history.ts';

/** What the views of service levels must return, computed from the spells of slow-history.ts. Times are epoch milliseconds. */

const HOUR_MS = 3_600_000;

export type Compliance = {
  /** Time in a known state. */
  observedMs: number;
  unknownMs: number;
  missedMs: number;
  longestOutageMs: number;
  outagesOverTolerance: number;
};

/** A station's compliance within service hours, which are given as instants. */
export function complianceOf(
  spells: Spell[],
  service: { opensAt: number; closesAt: number },
  toleratedMs: number,
): Compliance {
  const result: Compliance = {
    observedMs: 0,
    unknownMs: 0,
    missedMs: 0,
    longestOutageMs: 0,
    outagesOverTolerance: 0,
  };
  const within = (from: number, to: number) =>
    Math.max(0, Math.min(to, service.closesAt) - Math.max(from, service.opensAt));
  for (const spell of spells) {
    const servedMs = within(spell.from, spell.seenTo);
    if (spell.state === 'unknown') {
      result.unknownMs += servedMs;
      continue;
    }
    result.observedMs += servedMs;
    if (spell.state === 'ok') continue;
    const missedMs = within(spell.from + toleratedMs, spell.seenTo);
    result.missedMs += missedMs;
    result.longestOutageMs = Math.max(result.longestOutageMs, servedMs);
    if (missedMs > 0) result.outagesOverTolerance += 1;
  }
  return result;
}

/**
 * The service hours that begin on a local day, found by checking the clock of the time zone at every minute around it.
 * They continue past midnight when `toHour` is not later than `fromHour`.
 */
export function serviceHoursOf(
  day: string,
  timezone: string,
  fromHour: number,
  toHour: number,
): { opensAt: number; closesAt: number } {
  const key = [day, timezone, fromHour, toHour].join(' ');
  const known = serviceHours.get(key) ?? searchServiceHours(day, timezone, fromHour, toHour);
  serviceHours.set(key, known);
  return known;
}

const serviceHours = new Map<string, { opensAt: number; closesAt: number }>();

function searchServiceHours(day: string, timezone: string, fromHour: number, toHour: number) {
  const format = localClock(timezone);
  const noon = Date.parse(`${day}T12:00:00Z`);
  const minutes: number[] = [];
  const nextDay = new Date(noon + 24 * HOUR_MS).toISOString().slice(0, 10);
  const pastMidnight = toHour <= fromHour;
  for (let at = noon - 30 * HOUR_MS; at < noon + 54 * HOUR_MS; at += 60_000) {
    const local = format(at);
    const isServed = pastMidnight
      ? (local.day === day && local.hour >= fromHour) || (local.day === nextDay && local.hour < toHour)
      : local.day === day && local.hour >= fromHour && local.hour < toHour;
    if (isServed) minutes.push(at);
  }
  return { opensAt: minutes[0] ?? 0, closesAt: (minutes.at(-1) ?? -60_000) + 60_000 };
}

export function localDayOf(at: number, timezone: string): string {
  return localClock(timezone)(at).day;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function localClock(timeZone: string): (at: number) => { day: string; hour: number } {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    clocks.set(timeZone, clock);
  }
  return (at) => {
    const [day = '', time = ''] = clock.format(at).split(' ');
    return { day, hour: Number(time.slice(0, 2)) };
  };
}
