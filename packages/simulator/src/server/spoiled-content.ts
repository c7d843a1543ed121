import type { ContentFault } from './faults.ts';

type Row = Record<string, unknown>;
type Document = { last_updated: number | string; data: Record<string, unknown> };

/** Applies content faults to a document. A document without a list is only affected by clock_skew. */
export function spoilDocument(document: object, faults: readonly ContentFault[]): object {
  return faults.reduce(spoil, structuredClone(document) as Document);
}

function spoil(document: Document, fault: ContentFault): Document {
  if (fault.kind === 'clock_skew') return skewClock(document, fault.seconds);
  const list = listOf(document);
  if (list === undefined) return document;
  if (fault.kind === 'empty_list') document.data[list.name] = [];
  else if (fault.kind === 'vanished_stations') document.data[list.name] = list.rows.slice(fault.rows);
  else document.data[list.name] = spoilRows(list.rows, fault.rows);
  return document;
}

/** The stations or vehicles of a document. */
function listOf({ data }: Document): { name: string; rows: Row[] } | undefined {
  const name = ['stations', 'bikes', 'vehicles'].find((list) => Array.isArray(data[list]));
  return name === undefined ? undefined : { name, rows: data[name] as Row[] };
}

const ID_FIELDS = ['station_id', 'bike_id', 'vehicle_id'];

/** Each of these was seen in a real feed, except rows that are not objects. */
const WAYS_TO_SPOIL: readonly ((row: Row) => unknown)[] = [
  (row) => withIds(row, () => null),
  (row) => withIds(row, () => undefined),
  (row) => ({ ...row, ...countsOf(row, () => -1) }),
  (row) => ({ ...row, ...countsOf(row, (count) => `${count}`) }),
  () => 'not a station',
  (row) => ({ ...row, ...countsOf(row, () => null), last_reported: 0 }),
  (row) => ({ ...row, ...countsOf(row, () => 4_000_000_000) }),
  () => null,
];

function spoilRows(stations: Row[], rows: number): Row[] {
  const spoiled = stations.map((row, index) => {
    const way = WAYS_TO_SPOIL[index % WAYS_TO_SPOIL.length];
    return index < rows && way ? (way(row) as Row) : row;
  });
  const last = stations.at(-1);
  return last ? [...spoiled, last] : spoiled;
}

/** A change to `undefined` removes the id, because JSON leaves it out. */
function withIds(row: Row, change: () => unknown): Row {
  const ids = ID_FIELDS.filter((field) => field in row).map((field) => [field, change()]);
  return { ...row, ...Object.fromEntries(ids) };
}

function countsOf(row: Row, change: (count: unknown) => unknown): Row {
  const counts = Object.entries(row).filter(([name]) => name.startsWith('num_') || name === 'capacity');
  return Object.fromEntries(counts.map(([name, count]) => [name, change(count)]));
}

function skewClock(document: Document, seconds: number): Document {
  const skew = (time: unknown) =>
    typeof time === 'number'
      ? time + seconds
      : new Date(Date.parse(String(time)) + seconds * 1000).toISOString().replace('.000Z', 'Z');
  document.last_updated = skew(document.last_updated);
  for (const row of listOf(document)?.rows ?? []) {
    if (row && typeof row === 'object' && 'last_reported' in row) row.last_reported = skew(row.last_reported);
  }
  return document;
}
