import { z } from 'zod';

const text = z.string().min(1);

/** Where an Iceberg catalogue is, and the object store of its tables. `.env.example` explains each setting. */
export const catalogueSettings = z.object({
  LAKE_CATALOG_URI: z
    .url({
      protocol: /^https?$/,
      error: 'must be the URL of an Iceberg REST catalogue, such as http://host:8181',
    })
    // The address is the lake's name in messages and in the database.
    .refine(
      (uri) => !URL.canParse(uri) || new URL(uri).username + new URL(uri).password === '',
      'must not contain a user name or password; put a token into LAKE_CATALOG_TOKEN',
    ),
  LAKE_WAREHOUSE: z
    .string({ error: 'must name the warehouse of the catalogue' })
    .min(1, 'must name the warehouse of the catalogue'),
  LAKE_CATALOG_TOKEN: text.optional(),
  LAKE_S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://s3.example.org' })
    .optional(),
  LAKE_S3_REGION: z.string().default('us-east-1'),
  LAKE_S3_PATH_STYLE: z.enum(['true', 'false']).default('false'),
  LAKE_S3_ACCESS_KEY_ID: text.optional(),
  LAKE_S3_SECRET_ACCESS_KEY: text.optional(),
  LAKE_DUCKDB_EXTENSIONS: text.optional(),
});

export type CatalogueSettings = z.infer<typeof catalogueSettings>;

/** Settings that mean nothing without a catalogue. The folder of DuckDB's extensions is of the machine, and may stay. */
const OF_A_CATALOGUE_ONLY = Object.keys(catalogueSettings.shape)
  .filter((name) => name !== 'LAKE_CATALOG_URI' && name !== 'LAKE_DUCKDB_EXTENSIONS')
  .concat('LAKE_TRINO_URL');

/** Fails where settings of a catalogue are set and no catalogue is: whoever set them expects the lake there. */
export function refuseWithoutCatalogue(env: NodeJS.ProcessEnv) {
  const lost = OF_A_CATALOGUE_ONLY.filter((name) => env[name]?.trim());
  return (_: unknown, context: z.core.$RefinementCtx): void => {
    if (lost.length === 0) return;
    context.addIssue({
      code: 'custom',
      path: ['LAKE_CATALOG_URI'],
      message: `is not set, and without a catalogue ${lost.join(', ')} would be ignored: set it, or remove ${lost.length === 1 ? 'that' : 'those'}`,
    });
  };
}

/** The settings of a pipeline or a command without a lake in a catalogue. */
export const withoutCatalogue = (env: NodeJS.ProcessEnv) =>
  z.object({}).superRefine(refuseWithoutCatalogue(env));
