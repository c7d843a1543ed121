/** The count is not known at that observation: the feed did not give it, or the station was not listed. */
export const UNKNOWN = -1;

/**
 * Counts of one system's stations at a sequence of observations (*frames*), in the form that the forecast reads.
 * `bikes` and `docks` hold the count of station `s` in frame `f` at `f * station_ids.length + s`, or UNKNOWN.
 */
export type History = {
  station_ids: string[];
  /** Epoch seconds, ascending. */
  times: Float64Array;
  bikes: Int16Array;
  docks: Int16Array;
  /** Hour of the week in local time, 0 to 47: hour of the day, plus 24 on Saturday and Sunday. */
  hours: Uint8Array;
  /** Local day of each frame, counted from 1970-01-01. */
  days: Int32Array;
  /** Sum over all stations of how much the bike counts moved since the previous frame. Without it, it is computed from the frames. */
  moves?: Float64Array;
};

/** Distinct hours of the week: 24 for working days and 24 for weekend days. */
export const WEEK_HOURS = 48;
const HOURS_OF_A_DAY = 24;
const DAY_SECONDS = 86_400;
/** Frames closer together than this add nothing to a forecast of ten minutes or more. */
const FRAME_GAP_SECONDS_MIN = 285;

export type Frame = {
  /** Epoch seconds. */
  time: number;
  stations: Iterable<{
    station_id: string;
    num_bikes_available: number | null;
    num_docks_available: number | null;
  }>;
};

/** Collects observations in any order. Leaves out those less than about five minutes after the one before, which add nothing. */
export class HistoryBuilder {
  readonly #stationAt = new Map<string, number>();
  readonly #frames: { time: number; bikes: Int16Array; docks: Int16Array }[] = [];

  add({ time, stations }: Frame): void {
    const last = this.#frames.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    if (time >= last && time - last < FRAME_GAP_SECONDS_MIN) return;
    const rows = [...stations];
    for (const { station_id } of rows) {
      if (!this.#stationAt.has(station_id)) this.#stationAt.set(station_id, this.#stationAt.size);
    }
    const bikes = new Int16Array(this.#stationAt.size).fill(UNKNOWN);
    const docks = new Int16Array(this.#stationAt.size).fill(UNKNOWN);
    for (const { station_id, num_bikes_available, num_docks_available } of rows) {
      const at = this.#stationAt.get(station_id) as number;
      bikes[at] = count(num_bikes_available);
      docks[at] = count(num_docks_available);
    }
    this.#frames.push({ time, bikes, docks });
  }

  /** @param timezone IANA name, because riders' habits follow the local hour */
  build(timezone = 'UTC'): History {
    const stations = this.#stationAt.size;
    const frames = thinned(this.#frames.sort((a, b) => a.time - b.time));
    const times = Float64Array.from(frames, ({ time }) => time);
    const bikes = new Int16Array(times.length * stations).fill(UNKNOWN);
    const docks = new Int16Array(times.length * stations).fill(UNKNOWN);
    frames.forEach((frame, at) => {
      bikes.set(frame.bikes, at * stations);
      docks.set(frame.docks, at * stations);
    });
    return historyOf({ station_ids: [...this.#stationAt.keys()], times, bikes, docks }, timezone);
  }
}

/** Adds the local hours and days to the counts. */
export function historyOf(
  counts: Pick<History, 'station_ids' | 'times' | 'bikes' | 'docks' | 'moves'>,
  timezone: string,
): History {
  return { ...counts, ...localTime(counts.times, timezone) };
}

function thinned<Timed extends { time: number }>(frames: Timed[]): Timed[] {
  let last = Number.NEGATIVE_INFINITY;
  return frames.filter(({ time }) => {
    if (time - last < FRAME_GAP_SECONDS_MIN) return false;
    last = time;
    return true;
  });
}

const COUNT_MAX = 32_767;

function count(value: number | null): number {
  return value === null || value < 0 ? UNKNOWN : Math.min(value, COUNT_MAX);
}

function localTime(times: Float64Array, timezone: string): Pick<History, 'hours' | 'days'> {
  const hours = new Uint8Array(times.length);
  const days = new Int32Array(times.length);
  times.forEach((time, frame) => {
    const local = time + utcOffsetSeconds(time, timezone);
    const day = Math.floor(local / DAY_SECONDS);
    const hour = Math.floor((local - day * DAY_SECONDS) / 3600);
    // 1970-01-01 was a Thursday.
    const weekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
    days[frame] = day;
    hours[frame] = hour + (weekend ? HOURS_OF_A_DAY : 0);
  });
  return { hours, days };
}

const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached by zone and half hour: offsets change on the hour or half hour, and Intl is slow. */
function utcOffsetSeconds(time: number, timezone: string): number {
  if (timezone === 'UTC') return 0;
  const halfHour = Math.floor(time / 1800);
  const key = `${timezone} ${halfHour}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    let format = formats.get(timezone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
      formats.set(timezone, format);
    }
    const name = format
      .formatToParts(halfHour * 1_800_000)
      .find(({ type }) => type === 'timeZoneName')?.value;
    const [, sign, hour = '0', minute = '0'] = /GMT([+-])(\d+)(?::(\d+))?/.exec(name ?? '') ?? [];
    offset = (sign === '-' ? -1 : 1) * (Number(hour) * 3600 + Number(minute) * 60);
    if (offsets.size > 100_000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/**
 * For each frame, the frame that shows the outcome of its forecast: the nearest to `minutes` later, if it is at most a quarter of that time
 * away (and at most ten minutes); -1 when there was no observation then.
 */
export function framesAhead(times: Float64Array, minutes: number): Int32Array {
  const ahead = new Int32Array(times.length).fill(-1);
  const tolerance = Math.min((minutes * 60) / 4, 600);
  let at = 0;
  for (let frame = 0; frame < times.length; frame += 1) {
    const due = timeOf(times, frame) + minutes * 60;
    while (
      at + 1 < times.length &&
      Math.abs(timeOf(times, at + 1) - due) <= Math.abs(timeOf(times, at) - due)
    )
      at += 1;
    if (at > frame && Math.abs(timeOf(times, at) - due) <= tolerance) ahead[frame] = at;
  }
  return ahead;
}

function timeOf(times: Float64Array, at: number): number {
  return times[at] as number;
}
