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

/** An announcement that is changed is another one, also for whoever closed it before. */
export function keyOf({ alert_id, valid_from, summary }: Alert): string {
  return `${alert_id} ${valid_from} ${summary ?? ''}`;
}
