import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';

/** A value as `velolog sql` prints it: numbers as numbers if that is exact, times as RFC 3339, the rest as DuckDB writes it. */
export function plainValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof DuckDBDecimalValue) {
    const text = value.toString();
    return text.replace(/[-.]/g, '').replace(/^0+/, '').length <= 15 ? Number(text) : text;
  }
  if (value instanceof DuckDBTimestampTZValue) return utc(value.micros, 'Z');
  if (value instanceof DuckDBTimestampValue) return utc(value.micros, '');
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map(plainValue);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, part]) => [name, plainValue(part)]));
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map(({ key, value: part }) => [plainValue(key), plainValue(part)]);
  }
  return String(value);
}

/** `2026-11-23T04:51:29.5Z`, as `velolog sql` writes PostgreSQL's times: without trailing zeros in the fraction. */
function utc(micros: bigint, zone: string): string {
  const seconds = Number(micros / 1_000_000n) - (micros % 1_000_000n < 0n ? 1 : 0);
  const fraction = Number(micros - BigInt(seconds) * 1_000_000n);
  const date = new Date(seconds * 1000);
  // DuckDB's infinity, and years that RFC 3339 cannot represent.
  if (Number.isNaN(date.getTime())) return micros < 0n ? '-infinity' : 'infinity';
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.toISOString().slice(0, -5)}${digits}${zone}`;
}
