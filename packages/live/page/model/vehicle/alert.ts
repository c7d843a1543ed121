import type { Alert } from '../../../src/api/document.ts';

/** The alerts in force at a moment; an alert without times is in force while it is listed. */
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
 * An announcement with a new text counts as new, even for users who closed the old one. Changes in other announcements,
 * and a later end, do not matter.
 */
export function keyOf(systemId: string, alert: Alert): string {
  const { alert_id, summary, description, url, station_ids, region_ids, times } = alert;
  const starts = times.map(({ start }) => start);
  return JSON.stringify([systemId, alert_id, summary, description, url, station_ids, region_ids, starts]);
}
