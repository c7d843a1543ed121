import type { CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { sameUrl } from '@velolog/ingest/sources/same-url';
import { withoutKeys } from '@velolog/ingest/sources/secrets/url-keys';
import { printable, printableJson, printableLines } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { formatTable } from '../print/format-table.ts';
import { loadCatalogue } from './catalogue/catalogue-cache.ts';
import { NEAR_KM, nearPoint, parsePoint } from './catalogue/near-point.ts';
import { searchCatalogue, twinsOf } from './catalogue/search-catalogue.ts';

import { recordedIfKnown } from './recorded-systems.ts';
import { readLicences } from './system-health.ts';

export type SearchOptions = {
  home: Home;
  text: string;
  country: string | undefined;
  near: string | undefined;
  json: boolean;
};

/** Whoever wants more rows uses --json or a narrower search. */
const ROWS_MAX = 50;

export async function searchSystems({ home, text, country, near, json }: SearchOptions): Promise<void> {
  if (text.trim() === '' && country === undefined && near === undefined) {
    throw new UserError('Give a search: a text, --country, or --near', { exitCode: 2 });
  }
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country))
    throw new UserError(`--country ${country}: give the two letters of a country, such as NO`, {
      exitCode: 2,
    });
  const point = near === undefined ? null : parsePoint(near);
  const signal = stopSignal();
  const say = (line: string) => process.stderr.write(`${printableLines(line)}\n`);
  const catalogue = await loadCatalogue(home, { warn: say, signal });
  const matching = searchCatalogue(catalogue, { text, country });
  const { near: found, unknown } =
    point === null
      ? { near: matching.map((entry) => ({ entry, distance_km: null })), unknown: [] }
      : await nearPoint(matching, point);
  const recorded = await recordedIfKnown(home, signal);
  const licences = await readLicences(recorded);
  const rows = found.map(({ entry, distance_km }) => {
    const as = recorded && recordedAs(entry, [...recorded.entries.values()]);
    return {
      system_id: entry.id,
      name: entry.name,
      location: entry.location,
      country: entry.country,
      versions: entry.versions,
      ...(point !== null && { distance_km }),
      recorded: as && as.length > 0,
      recorded_as: as?.[0] ?? null,
      license_url: as?.flatMap((id) => licences.get(id) ?? [])[0] ?? null,
      authentication: entry.authentication?.names ?? null,
      same_as: twinsOf(entry, catalogue),
      discovery_url: entry.discovery_url,
    };
  });
  if (json) {
    console.log(printableJson(rows));
    return;
  }
  printRows(rows);
  if (recorded === null) say('Velolog is not running here, so it is not known which of these are recorded');
  if (point !== null && unknown.length > 0) {
    say(
      `Within ${NEAR_KM} km. ${unknown.length} more of the same country are in places that the list of cities does not contain, such as ${unknown[0]?.name} (${unknown[0]?.location})`,
    );
  }
  if (rows.length === 0) say('The catalogue has no match; try fewer words');
}

type Row = {
  system_id: string;
  name: string;
  location: string;
  country: string;
  versions: string[];
  distance_km?: number | null;
  recorded: boolean | null;
  license_url: string | null;
  authentication: string[] | null;
  same_as: string[];
};

/** Leaves out columns that would be empty. */
function printRows(rows: Row[]): void {
  const shown = rows.slice(0, ROWS_MAX);
  const columns: [name: string, value: (row: Row) => unknown][] = [
    ['system_id', (row) => row.system_id],
    ['name', (row) => row.name],
    ['location', (row) => row.location],
    ['country', (row) => row.country],
    ['versions', (row) => row.versions.join(' ')],
  ];
  const optional = (name: string, value: (row: Row) => unknown): void => {
    if (shown.some((row) => value(row) !== '')) columns.push([name, value]);
  };
  optional('km', (row) => row.distance_km ?? '');
  optional('recorded', ({ recorded }) => (recorded === null ? '' : recorded ? 'yes' : 'no'));
  optional('licence', (row) => row.license_url ?? '');
  optional('needs', (row) => row.authentication?.join(' ') ?? '');
  optional('same as', (row) => row.same_as.join(' '));
  const table = formatTable(
    columns.map(([name]) => name),
    shown.map((row) => columns.map(([, value]) => value(row))),
  );
  console.log(table);
  if (rows.length > shown.length) {
    console.log(
      printable(`… of ${rows.length}: add words or --country to narrow the search, or use --json to see all`),
    );
  }
}

/** The ids under which an entry is recorded. The URL decides, whatever the id. */
function recordedAs(entry: CatalogueEntry, recorded: { id: string; discovery_url: string }[]): string[] {
  return recorded
    .filter((one) => sameUrl(withoutKeys(one.discovery_url), entry.discovery_url))
    .map(({ id }) => id);
}
