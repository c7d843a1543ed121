import pg from 'pg';

type Parse = (text: string) => unknown;

const { builtins } = pg.types;
const TIMESTAMP_WITHOUT_ZONE = (text: string) => text.replace(' ', 'T');

const PARSERS: Record<number, Parse> = {
  [builtins.INT8]: (text) => safeNumber(text),
  [builtins.NUMERIC]: (text) => safeNumber(text),
  [builtins.FLOAT4]: finiteNumber,
  [builtins.FLOAT8]: finiteNumber,
  [builtins.TIMESTAMPTZ]: rfc3339,
  [builtins.TIMESTAMP]: TIMESTAMP_WITHOUT_ZONE,
  [builtins.DATE]: (text) => text,
  [builtins.INTERVAL]: (text) => text,
  // JSON has no bytes: as psql shows them.
  [builtins.BYTEA]: (text) => text,
};

/** The parser that `velolog sql` uses for a type: times become RFC 3339, numbers become numbers where that is exact; pg parses the rest. */
export function parserOf(oid: number, format?: 'text' | 'binary'): Parse {
  return PARSERS[oid] ?? (pg.types.getTypeParser(oid, format as 'text') as Parse);
}

/** Returns a number when it can hold every digit, else the text. */
function safeNumber(text: string): number | string {
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
  return digits.length <= 15 && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** JSON has no NaN and no infinity: as a number each would become null, which means not known. */
function finiteNumber(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** Reads "2026-11-23 04:51:29.5+00": the session's time zone is UTC. */
function rfc3339(text: string): string {
  return text.replace(' ', 'T').replace(/\+00$/, 'Z');
}
