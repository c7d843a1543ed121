import type { Gap, History, ProfileHour, Step } from '../../../src/api/history.ts';
import { isTimezone } from '../format.ts';

/** Columns as uPlot needs them: times in seconds, and a value for each; null breaks the line. */
export type Series = { seconds: number[]; bikes: (number | null)[]; docks: (number | null)[] };

/**
 * The steps of a station as a line: each value holds until the next, the last one until `to`. There is no line through
 * a gap, because the values there are unknown.
 */
export function seriesOf({ from, to, steps, gaps }: Pick<History, 'from' | 'to' | 'steps' | 'gaps'>): Series {
  const series: Series = { seconds: [], bikes: [], docks: [] };
  const push = (atMs: number, step: Step | undefined, known: boolean) => {
    series.seconds.push(atMs / 1000);
    series.bikes.push(known ? (step?.num_bikes_available ?? null) : null);
    series.docks.push(known ? (step?.num_docks_available ?? null) : null);
  };
  const [startMs, endMs] = [Date.parse(from), Date.parse(to)];
  let current: Step | undefined;
  let unobserved = 0;
  for (const { atMs, step, gapStarts, gapEnds } of momentsOf(steps, gaps, startMs, endMs)) {
    if (step !== undefined) current = step;
    // The last value is drawn up to the gap; no two points may have the same time.
    if (gapStarts && unobserved++ === 0) {
      push(atMs, current, true);
      push(atMs + 1, undefined, false);
    }
    if (gapEnds) unobserved--;
    if (unobserved === 0) push(atMs, current, true);
  }
  push(endMs, current, unobserved === 0);
  return series;
}

type Moment = { atMs: number; step?: Step; gapStarts?: boolean; gapEnds?: boolean };

function momentsOf(steps: readonly Step[], gaps: readonly Gap[], startMs: number, endMs: number): Moment[] {
  const inside = (text: string) => Math.min(endMs, Math.max(startMs, Date.parse(text)));
  const moments: Moment[] = steps.map((step) => ({ atMs: inside(step.observed_at), step }));
  for (const { from_at, to_at } of gaps) {
    if (Date.parse(from_at) < endMs) moments.push({ atMs: inside(from_at), gapStarts: true });
    if (Date.parse(to_at) < endMs) moments.push({ atMs: inside(to_at), gapEnds: true });
  }
  return moments.sort((left, right) => left.atMs - right.atMs);
}

/**
 * The usual number at the system. In api.profile_weekly_of an hour of UTC belongs to the local hour in which it begins,
 * so the mean is placed in the middle of that hour of UTC: in India (5:30) at the full local hour. Null where the profile
 * has no value.
 */
export function usualBikes(
  profile: readonly ProfileHour[],
  fromMs: number,
  toMs: number,
  timezone: string | null,
): { seconds: number[]; bikes: (number | null)[] } {
  const means = new Map(profile.map(({ weekday, hour, bikes_mean }) => [weekday * 24 + hour, bikes_mean]));
  const hourOfWeek = hourOfWeekIn(timezone);
  const seconds: number[] = [];
  const bikes: (number | null)[] = [];
  // The points before and after the window carry the line to its edges.
  for (
    let beginMs = Math.floor(fromMs / HOUR_MS - 1) * HOUR_MS;
    beginMs < toMs + HOUR_MS;
    beginMs += HOUR_MS
  ) {
    seconds.push((beginMs + HOUR_MS / 2) / 1000);
    bikes.push(means.get(hourOfWeek(new Date(beginMs))) ?? null);
  }
  return { seconds, bikes };
}

const HOUR_MS = 3_600_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function hourOfWeekIn(timezone: string | null): (at: Date) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone !== null && isTimezone(timezone) ? timezone : 'UTC',
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return (WEEKDAYS.indexOf(parts.weekday ?? '') + 1) * 24 + Number(parts.hour);
  };
}
