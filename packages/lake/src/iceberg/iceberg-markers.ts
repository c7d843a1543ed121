import { LAKE_VERSION, type Slice } from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import { z } from 'zod';

/**
 * What a table holds, as properties of the table itself, set in the commit of its rows: so a killed run leaves both or
 * neither.
 *
 * - velolog.version: the format version of the writer
 * - velolog.position: how far each partition of Kafka is in the table
 * - velolog.slices.<month>: an entry for each system: generation, revision, rows, checksum
 * - velolog.slices.all: the same for a table that is replaced as a whole
 */
export type Properties = Record<string, string>;

const MONTH = 'velolog.slices.';
const WHOLE = 'all';

const marker = z.object({
  s: z.string().nullable(),
  g: z.number(),
  r: z.number(),
  n: z.number(),
  c: z.string().nullable(),
  b: z.number(),
});

/** @throws UserError when the table is not ours, or was written by a newer version */
export function readMarkers(table: string, properties: Properties): Slice[] {
  const version = Number(properties['velolog.version'] ?? Number.NaN);
  if (Number.isNaN(version))
    throw new UserError(
      `The table ${table} of the catalogue was not made by Velolog: choose another LAKE_WAREHOUSE, or rename that table`,
    );
  if (version > LAKE_VERSION)
    throw new UserError(
      `The table ${table} of the catalogue was written by a newer Velolog (format ${version}; this one knows ${LAKE_VERSION}): update Velolog`,
    );
  return Object.entries(properties).flatMap(([name, text]) =>
    name.startsWith(MONTH) ? sliceList(table, name.slice(MONTH.length), text) : [],
  );
}

function sliceList(table: string, month: string, text: string): Slice[] {
  return z
    .array(marker)
    .parse(JSON.parse(text))
    .map(({ s, g, r, n, c, b }) => ({
      system_id: s,
      month: month === WHOLE ? null : month,
      generation: g,
      revision: r,
      closed: s !== null,
      window: null,
      rows: n,
      checksum: c,
      file: n === 0 ? null : `${table}/${s ?? WHOLE}/${month}/${g}`,
      bytes: b,
      sha256: null,
    }));
}

/** The properties of these months. A month without slices gets an empty list. */
export function writeMarkers(slices: Slice[], months: (string | null)[]): Properties {
  return Object.fromEntries(
    months.map((month) => [
      `${MONTH}${month ?? WHOLE}`,
      JSON.stringify(
        slices
          .filter((slice) => slice.month === month)
          .map((one) => ({
            s: one.system_id,
            g: one.generation,
            r: one.revision,
            n: one.rows,
            c: one.checksum,
            b: one.bytes,
          })),
      ),
    ]),
  );
}
