/**
 * Turns PostgreSQL's text of a time in UTC, `2026-06-15 12:00:30.5+00`, or in JSON `2026-06-15T12:00:30.5+00:00`, into
 * `2026-06-15T12:00:30.500Z`. It avoids Date because a year of a station has 42,000 times.
 */
export function toInstant(text: string): string {
  const end = text.endsWith('+00') ? -3 : text.endsWith('+00:00') ? -6 : 0;
  if (end === 0 || text.length + end < 19 || text[4] !== '-') return new Date(text).toISOString();
  const milliseconds = `${text.slice(20, end)}000`.slice(0, 3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}
