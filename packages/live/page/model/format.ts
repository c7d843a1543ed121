const counts = new Intl.NumberFormat('en');
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `1,203`; an en dash when unknown. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : counts.format(count);
}

/** `4 s`, `3 min`, `2 h 5 min`, `3 d 4 h`: the two units that matter. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return two(Math.floor(whole / HOUR), 'h', Math.floor((whole % HOUR) / MINUTE), 'min');
  return two(Math.floor(whole / DAY), 'd', Math.floor((whole % DAY) / HOUR), 'h');
}

/** `+2`, `−1` with a real minus sign; an empty text for no change or an unknown one. */
export function formatDelta(delta: number | null): string {
  if (delta === null || delta === 0) return '';
  return delta > 0 ? `+${counts.format(delta)}` : `−${counts.format(-delta)}`;
}

export function formatPercent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** `1 bike`, `2 bikes`, `– bikes` where the number is not known. */
export function plural(count: number | null, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${nounOf(count, one, many)}`;
}

/** The noun after a count or a change: `bike` after 1, +1 and −1. */
export function nounOf(count: number | null, one: string, many = `${one}s`): string {
  return count !== null && Math.abs(count) === 1 ? one : many;
}

/** Null when the beginning is unknown. */
export function secondsSince(since: string | null, nowMs: number): number | null {
  return since === null ? null : Math.max(0, (nowMs - Date.parse(since)) / 1000);
}

/** A clock in the system's own timezone: a station empties in the morning there. */
export type Clock = {
  /** `14:05` */
  time: (at: Date) => string;
  /** `14:05:32` */
  seconds: (at: Date) => string;
  /** `Wed 25 Nov, 14:05`; with the year if it is another one: `Wed 29 Jun 2022, 14:05` */
  day: (at: Date) => string;
  /** `14:05:32` of today, and of another day like `day`. */
  recent: (at: Date) => string;
  /** `25 Nov 2026` */
  date: (at: Date) => string;
  /** `Wednesday` */
  weekday: (at: Date) => string;
};

/**
 * @param timezone IANA name; null, and a name that this browser does not know, mean UTC
 * @param now the present, which decides what "today" and "this year" are
 */
export function clockOf(timezone: string | null, now: () => Date = () => new Date()): Clock {
  const timeZone = timezone !== null && isTimezone(timezone) ? timezone : 'UTC';
  const of = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
    return (at: Date) => format.format(at);
  };
  const time = of({ hour: '2-digit', minute: '2-digit' });
  const seconds = of({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const weekdayDate = of({ weekday: 'short', day: 'numeric', month: 'short' });
  const year = of({ year: 'numeric' });
  const date = of({ day: 'numeric', month: 'short', year: 'numeric' });
  const day = (at: Date) => {
    const itsYear = year(at) === year(now()) ? '' : ` ${year(at)}`;
    return `${weekdayDate(at).replace(',', '')}${itsYear}, ${time(at)}`;
  };
  return {
    time,
    seconds,
    day,
    recent: (at) => (date(at) === date(now()) ? seconds(at) : day(at)),
    date,
    weekday: of({ weekday: 'long' }),
  };
}

function two(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
