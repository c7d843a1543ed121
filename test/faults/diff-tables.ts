type Tables = Record<string, string[]>;

const SHOWN_MAX = 5;

/** The differences between two sets of tables, as lines for people; empty when they are equal. */
export function diffTables(found: Tables, expected: Tables, than: string): string[] {
  const lines: string[] = [];
  for (const table of new Set([...Object.keys(found), ...Object.keys(expected)])) {
    const extra = missingFrom(expected[table] ?? [], found[table] ?? []);
    const missing = missingFrom(found[table] ?? [], expected[table] ?? []);
    if (extra.length + missing.length === 0) continue;
    lines.push(`${table}: ${extra.length} rows more and ${missing.length} fewer than ${than}`);
    lines.push(...extra.slice(0, SHOWN_MAX).map((row) => `  + ${row}`));
    lines.push(...missing.slice(0, SHOWN_MAX).map((row) => `  - ${row}`));
  }
  return lines;
}

/** The rows of `of` that `from` lacks, or has less often. */
function missingFrom(from: string[], of: string[]): string[] {
  const left = new Map<string, number>();
  for (const row of from) left.set(row, (left.get(row) ?? 0) + 1);
  return of.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}
