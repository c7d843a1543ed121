import { printable } from '@velolog/worker/printable';

/** Formats rows as an aligned table, as psql does: numbers are right-aligned. Null is written out, because it is not the same as empty. */
export function formatTable(columns: string[], rows: unknown[][]): string {
  const names = columns.map(printable);
  const cells = rows.map((row) => row.map(formatValue));
  const widths = names.map((name, column) =>
    cells.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), name.length),
  );
  const isNumeric = names.map((_, column) => {
    const values = rows.map((row) => row[column]).filter((value) => value !== null);
    return values.length > 0 && values.every((value) => typeof value === 'number');
  });
  const line = (row: string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(' | ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('-+-');
  const count = rows.length === 1 ? '(1 row)' : `(${rows.length} rows)`;
  return [line(names), rule, ...cells.map(line), count].join('\n');
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return printable(text);
}
