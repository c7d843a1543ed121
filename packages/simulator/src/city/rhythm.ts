/** A moment in a city's local time. */
export type LocalTime = { hour: number /* 0 to 24, with a fraction */; weekend: boolean };

/**
 * Share of stations whose counts differ from a minute before, by hour. The shape is Tokyo's on a recorded weekday in
 * 2022 (mean 6.8 %, peak 15.3 % at 8:00); the nights are raised to 3 %, so that a demo at night shows movement, too.
 */
const WEEKDAY_SHARE_CHANGED = [
  0.038, 0.036, 0.035, 0.035, 0.037, 0.045, 0.07, 0.1, 0.12, 0.095, 0.075, 0.08, 0.09, 0.085, 0.08, 0.09,
  0.11, 0.12, 0.105, 0.085, 0.07, 0.06, 0.052, 0.045,
];
const WEEKEND_SHARE_CHANGED = [
  0.05, 0.046, 0.042, 0.038, 0.036, 0.036, 0.038, 0.043, 0.05, 0.065, 0.078, 0.088, 0.095, 0.1, 0.1, 0.1,
  0.098, 0.092, 0.085, 0.076, 0.068, 0.062, 0.058, 0.054,
];

/** Number of riders that set off, per station and minute. */
export function departuresPerStationMinute({ hour, weekend }: LocalTime): number {
  const share = atHour(weekend ? WEEKEND_SHARE_CHANGED : WEEKDAY_SHARE_CHANGED, hour);
  // Each ride changes two stations. The two events are independent, hence the logarithm.
  return -Math.log(1 - share) / 2;
}

const WEEKDAY_SHARE_INWARD = [
  0.5, 0.5, 0.5, 0.5, 0.55, 0.65, 0.75, 0.8, 0.8, 0.7, 0.55, 0.5, 0.5, 0.5, 0.48, 0.4, 0.28, 0.22, 0.25, 0.32,
  0.38, 0.42, 0.45, 0.48,
];

/** Share of rides from the outskirts towards the centre: people ride to work in the morning and home in the evening. */
export function shareInward({ hour, weekend }: LocalTime): number {
  return weekend ? 0.5 : atHour(WEEKDAY_SHARE_INWARD, hour);
}

/** Reads a local time that is given as if it were UTC. */
export function localTime(localMs: number): LocalTime {
  const date = new Date(localMs);
  const day = date.getUTCDay();
  return { hour: (localMs % 86_400_000) / 3_600_000, weekend: day === 0 || day === 6 };
}

/**
 * The local time at which a run begins, as milliseconds of a UTC date. With `startHour` it is that hour of the same day,
 * or of the following Monday if the day is at a weekend, when there is no rush hour to show.
 */
export function localStartMs(startedAtMs: number, timezone: string, startHour: number | null): number {
  const local = startedAtMs + offsetMs(startedAtMs, timezone);
  if (startHour === null) return local;
  const midnight = local - (local % 86_400_000);
  const day = new Date(midnight).getUTCDay();
  const daysToMonday = day === 6 ? 2 : day === 0 ? 1 : 0;
  return midnight + daysToMonday * 86_400_000 + startHour * 3_600_000;
}

function atHour(byHour: readonly number[], hour: number): number {
  const before = Math.floor(hour) % 24;
  const [from = 0, to = 0] = [byHour[before], byHour[(before + 1) % 24]];
  return from + (to - from) * (hour - Math.floor(hour));
}

function offsetMs(atMs: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  const name = parts.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  if (hours === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
