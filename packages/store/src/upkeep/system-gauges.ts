import { Gauge, type Registry } from 'prom-client';
import type { LaneState, SystemState } from '../memory/system-state.ts';

/**
 * The known values of each system of this worker's partitions. They are read when Prometheus scrapes, so nothing must
 * be kept in sync while polls are stored, and a system that another worker took over no longer has a series here. An
 * unknown value has no series.
 */
export function createSystemGauges(registry: Registry, systems: () => Iterable<SystemState>) {
  const gauge = (name: string, help: string, read: (live: LaneState, system: SystemState) => number | null) =>
    gaugeOf(name, help, (system) => {
      const live = system.feeds.get('station_status')?.live ?? null;
      return live === null ? null : read(live, system);
    });
  const gaugeOf = (name: string, help: string, read: (system: SystemState) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['system'],
      registers: [registry],
      collect() {
        this.reset();
        for (const system of systems()) {
          const value = read(system);
          if (value !== null) this.set({ system: system.system_id }, value);
        }
      },
    });
  return {
    stations_listed: gauge(
      'gbfs_system_stations_listed',
      'Stations in the newest station_status of the system; 0 when its list is empty',
      ({ lane, present }) =>
        lane.body?.outcome === 'empty' ? 0 : lane.observed_at === null ? null : present,
    ),
    stations_vanished: gauge(
      'gbfs_system_stations_vanished',
      'Stations of an earlier station_status that are missing from the newest list with stations',
      ({ lane, present, stations, let_go }) =>
        lane.observed_at === null ? null : stations.size - present + let_go,
    ),
    last_observed: gauge(
      'gbfs_system_last_observed_timestamp_seconds',
      'Fetch time of the newest observation of stations in the database',
      ({ lane }) => secondsOf(lane.observed_at),
    ),
    last_change: gauge(
      'gbfs_system_last_change_timestamp_seconds',
      'Fetch time of the newest poll in which a value of any station changed',
      ({ changed_at }) => secondsOf(changed_at),
    ),
    // Also for a system without stations. A worker that reads only the system's vehicles has its timezone as of the
    // worker's start.
    utc_offset: gaugeOf(
      'gbfs_system_utc_offset_seconds',
      'Seconds to add to UTC for the present local time of the system; absent until system_information states its timezone',
      ({ feeds, timezone }) =>
        timezone === null || !feeds.has('system_information') ? null : utcOffsetSeconds(timezone, new Date()),
    ),
  };
}

/** The UTC offset of an IANA timezone at a moment; null for a name that this program does not know. */
export function utcOffsetSeconds(timezone: string, at: Date): number | null {
  const format = formatOf(timezone);
  if (format === null) return null;
  // "GMT", "GMT+01:00", "GMT-03:30"
  const text = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(text) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** One per timezone: creating a formatter takes longer than using it a hundred times. */
function formatOf(timezone: string): Intl.DateTimeFormat | null {
  let format = formats.get(timezone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
    } catch {
      format = null;
    }
    formats.set(timezone, format);
  }
  return format;
}

function secondsOf(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}
