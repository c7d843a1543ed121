/**
 * One row of RFC 4180, for the files of the API and of the page: null is empty; a text with a comma, a quote or a line break
 * is quoted.
 */
export function csvRow(values: readonly unknown[]): string {
  return `${values.map(csvValue).join(',')}\r\n`;
}

function csvValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  // A spreadsheet would execute a text that begins like this, and station names are whatever a feed contains. A number such
  // as the id -5 executes nothing, so it stays as it is.
  const safe = typeof value === 'string' && /^[=@\t\r]|^[+-](?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
