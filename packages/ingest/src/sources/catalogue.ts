import transliterate from '@sindresorhus/transliterate';
import { isSystemId } from '@velolog/gbfs/values/system-id';
import { parse } from 'csv-parse/sync';

/** A row of MobilityData's systems.csv. */
export type CatalogueEntry = {
  /** Our id for it: the listed id if that can be a key of ours, else one derived from it. Unique in the catalogue. */
  id: string;
  listed_id: string;
  name: string;
  location: string;
  /** ISO 3166-1, two letters. */
  country: string;
  url: string | null;
  discovery_url: string;
  /** As listed. What the feeds themselves state takes precedence. */
  versions: string[];
  /** Null when it needs none. */
  authentication: { kind: 'url' | 'header'; names: string[]; info_url: string | null } | null;
};

export type Catalogue = {
  entries: CatalogueEntry[];
  /** Rows that cannot be used, such as one without a URL. */
  skipped: number;
};

/** The text is not the catalogue, but for example an error page or an empty file. */
export class NoCatalogue extends Error {}

const COLUMNS = ['System ID', 'Auto-Discovery URL', 'Name', 'Location', 'Country Code'] as const;
type Row = Record<string, string | undefined>;

/** @throws NoCatalogue */
export function parseCatalogue(text: string): Catalogue {
  if (/^\uFEFF?\s*</.test(text)) throw new NoCatalogue('it is a page of HTML, not systems.csv');
  let rows: Row[];
  try {
    rows = parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (cause) {
    throw new NoCatalogue(`it is not CSV: ${(cause as Error).message}`, { cause });
  }
  const [first] = rows;
  if (first === undefined) throw new NoCatalogue('it lists no system');
  const missing = COLUMNS.filter((column) => !(column in first));
  if (missing.length > 0) throw new NoCatalogue(`it has no column ${missing.join(', ')}`);
  const entries = rows.flatMap((row) => readRow(row) ?? []);
  if (entries.length === 0) throw new NoCatalogue('none of its rows has an id and a URL');
  return { entries: withUniqueIds(entries), skipped: rows.length - entries.length };
}

function readRow(row: Row): CatalogueEntry | null {
  const text = (column: string) => row[column]?.trim() ?? '';
  const listed_id = text('System ID');
  const url = URL.parse(text('Auto-Discovery URL'));
  if (
    listed_id === '' ||
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username + url.password !== ''
  )
    return null;
  return {
    id: idOf(listed_id),
    listed_id,
    name: text('Name') || listed_id,
    location: text('Location'),
    country: text('Country Code').toUpperCase(),
    url: text('URL') || null,
    discovery_url: url.href,
    versions: text('Supported Versions')
      .split(/[;\s]+/)
      .filter(Boolean),
    authentication: authenticationOf(row),
  };
}

/**
 * gbfs#744: 1 means a key in the URL, 2 means headers; several names are joined by "
 * ".
 */
function authenticationOf(row: Row): CatalogueEntry['authentication'] {
  const type = row['Authentication Type']?.trim() ?? '';
  if (type === '' || type === '0') return null;
  const names = (row['Authentication Parameter Name'] ?? '').split('|').map((name) => name.trim());
  return {
    kind: type === '1' ? 'url' : 'header',
    names: names.filter(Boolean),
    info_url: row['Authentication Info URL']?.trim() || null,
  };
}

/** "spin los_angeles" becomes spin_los_angeles, "bird-gijón" becomes bird-gijon. */
function idOf(listed: string): string {
  if (isSystemId(listed)) return listed;
  const plain = transliterate(listed)
    .replaceAll(/[^A-Za-z0-9._:+@-]+/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 200);
  return plain === '' ? `listed-${Buffer.from(listed).toString('hex').slice(0, 32)}` : plain;
}

/** Systems listed under one id are distinguished by the host of their feeds, because the order of rows changes. */
function withUniqueIds(entries: CatalogueEntry[]): CatalogueEntry[] {
  const named = (list: CatalogueEntry[]) => Map.groupBy(list, ({ id }) => id);
  const byId = named(entries);
  const withHost = entries.map((entry) =>
    (byId.get(entry.id)?.length ?? 0) < 2
      ? entry
      : { ...entry, id: `${entry.id}@${new URL(entry.discovery_url).hostname}`.slice(0, 255) },
  );
  // The same row twice, or two rows of one host: the first counts.
  const seen = new Set<string>();
  return withHost.filter(({ id }) => !seen.has(id) && seen.add(id));
}
