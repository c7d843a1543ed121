import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from '../../../test/corpus.ts';
import { parseBody } from './body.ts';
import { type Decoded, UndecodableBody } from './decoded.ts';
import { decodeDiscovery } from './discovery.ts';
import { decodeVehicleStatus } from './feeds/vehicle-status.ts';
import { FEEDS } from './feeds.ts';
import type { Tally } from './tally.ts';

const missing = missingCorpus('snapshots/manifest.json');
const isThere = missing === null;
const snapshots = join(corpus, 'snapshots');

const decoders: Record<string, (document: unknown) => Decoded<unknown>> = {
  gbfs: (document) => decodeDiscovery(document, 'https://example.com/gbfs.json'),
};
for (const feed of Object.values(FEEDS)) {
  for (const { name } of feed.names) if (feed.decode !== null) decoders[name] = feed.decode;
}

type Snapshot = {
  version: string;
  system: string;
  file: string;
  path: string;
  listed: number | null;
  oddities: string[];
};
type Result = { decoded?: Decoded<unknown>; refused?: string };

function listSnapshots(): Snapshot[] {
  type Entry = { ver: string; system: string; file: string; n: number | null; got: string[] };
  const manifest: Entry[] = JSON.parse(readFileSync(join(snapshots, 'manifest.json'), 'utf8'));
  const entries = new Map(manifest.map((entry) => [join(entry.ver, entry.system, entry.file), entry]));
  return readdirSync(snapshots, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json') && path !== 'manifest.json')
    .sort()
    .map((path) => {
      const [version = '', system = '', file = ''] = path.split(/[\\/]/);
      const entry = entries.get(path);
      return { version, system, file, path, listed: entry?.n ?? null, oddities: entry?.got ?? [] };
    });
}

const VARIANT = /^(-\d|\.|_virtual|_with_error|_carsharing|_min_and_km)/;

/** The feed a file holds: "specification__station_status-1.json" and "station_information_virtual.json" are variants. */
function feedOf({ file }: Snapshot): string {
  const name = file.replace('specification__', '').replace(/\.json$/, '');
  return (
    Object.keys(decoders).find(
      (feed) => name === feed || (VARIANT.test(name.slice(feed.length)) && name.startsWith(feed)),
    ) ?? name
  );
}

function read(snapshot: Snapshot): Result {
  try {
    const document = parseBody(readFileSync(join(snapshots, snapshot.path)));
    return { decoded: decoders[feedOf(snapshot)]?.(document) };
  } catch (error) {
    // Anything else is a defect of ours and fails the test.
    if (error instanceof UndecodableBody) return { refused: error.reason };
    throw error;
  }
}

const total = (counts: Tally) => Object.values(counts).reduce((sum, times) => sum + times, 0);
const lines: string[][] = [];
const notDecoded = new Map<string, string[]>();

/** Takes part in the table printed at the end. */
function report(snapshot: Snapshot, { decoded, refused }: Result): void {
  const reasons = (counts: Tally = {}) =>
    Object.entries(counts)
      .map(([reason, times]) => `${reason} ${times}`)
      .join(', ') || '-';
  const { version, system, file } = snapshot;
  if (decoded === undefined && !(feedOf(snapshot) in decoders)) {
    const key = `${version}\t${system}\t${refused === undefined ? 'parsed' : `refused: ${refused}`}`;
    notDecoded.set(key, [
      ...(notDecoded.get(key) ?? []),
      file.replace('specification__', '').replace('.json', ''),
    ]);
    return;
  }
  const outcome =
    decoded === undefined
      ? ['refused', refused ?? '', '']
      : [String(decoded.rows.length), reasons(decoded.skipped), reasons(decoded.coerced)];
  lines.push([version, system, file.replace('.json', ''), ...outcome]);
}

function align(table: string[][]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

describe('recorded snapshots', () => {
  beforeEach(({ skip }) => {
    if (missing) skip(missing);
  });

  const all = isThere ? listSnapshots() : [];

  test.each(all.map((snapshot) => [snapshot.path, snapshot] as const))(
    '%s decodes or is refused with a reason',
    (_path, snapshot) => {
      const result = read(snapshot);
      report(snapshot, result);
      const { decoded } = result;
      if (decoded === undefined || !feedOf(snapshot).startsWith('station_') || snapshot.listed === null)
        return;
      // The manifest was written by another program: it counts rows as listed and names doubled and missing ids.
      expect(decoded.rows.length + total(decoded.skipped)).toBe(snapshot.listed);
      expect(total(decoded.skipped)).toBe(oddRows(snapshot));
    },
  );

  test('every list of vehicles gives a row or a reason for each vehicle that it lists', () => {
    const vehicles = all.filter((snapshot) => /^(free_bike|vehicle)_status$/.test(feedOf(snapshot)));
    expect(vehicles.length).toBeGreaterThan(20);
    for (const snapshot of vehicles) {
      const { data } = JSON.parse(readFileSync(join(snapshots, snapshot.path), 'utf8'));
      const { decoded } = read(snapshot);
      expect([snapshot.path, (decoded?.rows.length ?? 0) + total(decoded?.skipped ?? {})]).toEqual([
        snapshot.path,
        (data.bikes ?? data.vehicles).length,
      ]);
    }
  });

  test('a refused body is not JSON, or a fragment of the specification for another feed', () => {
    const refused = all
      .filter((snapshot) => feedOf(snapshot) in decoders)
      .map((snapshot) => [snapshot.path, read(snapshot).refused] as const)
      .filter(([, reason]) => reason !== undefined);
    for (const [path, reason] of refused) {
      if (reason === 'not_json' || reason === 'empty_body') continue;
      expect(path).toMatch(/malformed|spec_examples|mybuxi|loader_incomplete/);
    }
  });

  test.each(['jump_providence', 'spin_providence', 'veoride_providence', 'tier_wolfsburg_free_bike_status'])(
    'every body of the recording %s decodes, and no vehicle is left out',
    (series) => {
      const recording = readFileSync(join(corpus, 'series', series, 'free_bike_status.ndjson.gz'));
      const coerced: Tally = {};
      let vehicles = 0;
      for (const line of gunzipSync(recording).toString().trimEnd().split('\n')) {
        const { body } = JSON.parse(line) as { body: string };
        const decoded = decodeVehicleStatus(parseBody(body));
        expect([decoded.rows.length, decoded.skipped]).toEqual([JSON.parse(body).data.bikes.length, {}]);
        vehicles += decoded.rows.length;
        for (const [reason, times] of Object.entries(decoded.coerced))
          coerced[reason] = (coerced[reason] ?? 0) + times;
      }
      expect(vehicles).toBeGreaterThan(100);
      const repaired = Object.entries(coerced).map(([reason, times]) => `${reason} ${times}`);
      lines.push(['series', series, 'free_bike_status', String(vehicles), '-', repaired.join(', ') || '-']);
    },
  );

  test('every feed with stations in the manifest was decoded', () => {
    const refused = all.filter(
      (snapshot) =>
        snapshot.listed !== null &&
        feedOf(snapshot).startsWith('station_') &&
        read(snapshot).decoded === undefined,
    );
    expect(refused.map((snapshot) => snapshot.path)).toEqual([]);
  });

  afterAll(() => {
    if (!isThere) return;
    const others = [...notDecoded].map(([key, files]) => [...key.split('\t'), files.join(' ')]);
    console.info(
      [
        align([['version', 'system', 'feed', 'rows', 'skipped', 'coerced'], ...lines]),
        'Not decoded by Velolog:',
        align([['version', 'system', 'as JSON', 'feeds'], ...others]),
      ].join('\n'),
    );
  });
});

/** Rows that must be left out: doubled and null ids as the manifest names them, and blank ones, which it does not. */
function oddRows({ path, oddities }: Snapshot): number {
  const named = oddities.map((oddity) =>
    /^(\d+) duplicate station_id|^station_id null in (\d+)/.exec(oddity),
  );
  const blank = readFileSync(join(snapshots, path), 'utf8').match(/"station_id":\s*""/g) ?? [];
  return named.reduce((sum, match) => sum + Number(match?.[1] ?? match?.[2] ?? 0), blank.length);
}
