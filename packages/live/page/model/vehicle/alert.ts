import type { Alert } from '../../../src/api/document.ts';

/** The alerts in force at a moment; one without times is in force for as long as it is listed. */
export function holdingAt(alerts: readonly Alert[], atMs: number): Alert[] {
  return alerts.filter(
    ({ times }) =>
      times.length === 0 ||
      times.some(
        ({ start, end }) =>
          (start === null || Date.parse(start) <= atMs) && (end === null || Date.parse(end) > atMs),
      ),
  );
}

/**
 * An announcement that says something else is another one, also for whoever closed it before. What others say beside it, and an end that is
 * put off, change nothing of it.
 */
export function keyOf(systemId: string, alert: Alert): string {
  const { alert_id, summary, description, url, station_ids, region_ids, times } = alert;
  const starts = times.map(({ start }) => start);
  return JSON.stringify([systemId, alert_id, summary, description, url, station_ids, region_ids, starts]);
}
