import { catalogueName } from '@velolog/worker/lake-name';
import { z } from 'zod';
import {
  type CatalogueSettings,
  catalogueSettings,
  refuseWithoutCatalogue,
} from './iceberg/catalogue-settings.ts';

const wholeNumber = z.coerce.number().int();

/** The settings of the lake worker. `.env.example` explains each; only main.ts reads the environment. */
const folderSettings = z.object({
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgres://user:password@host:5432/velolog',
  }),
  LAKE_DIR: z
    .string({ error: 'must name the folder of the lake' })
    .min(1, 'must name the folder of the lake'),
  HOST: z.string().default('127.0.0.1'),
  LAKE_PORT: wholeNumber.min(0).max(65_535).default(0),
  LAKE_INTERVAL_SECONDS: wholeNumber.min(1).default(3600),
});

const ofCatalogue = folderSettings
  .omit({ LAKE_DIR: true })
  .extend(catalogueSettings.shape)
  .extend({
    LAKE_TRINO_URL: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as http://host:8080' })
      .optional(),
  });

export type LakeSettings = Omit<z.infer<typeof folderSettings>, 'LAKE_DIR'> &
  LakePlace & {
    /** The Trino server in which the views are created. */
    trinoUrl?: string | undefined;
  };

/** A folder, or a catalogue. */
export type LakePlace = { dir: string; catalogue: CatalogueSettings | undefined };

/** With LAKE_CATALOG_URI the lake is in that catalogue, otherwise in the folder LAKE_DIR. */
export const lakeSettings = (env: NodeJS.ProcessEnv): z.ZodType<LakeSettings> =>
  env.LAKE_CATALOG_URI
    ? ofCatalogue
        .extend({
          LAKE_DIR: z.undefined('conflicts with LAKE_CATALOG_URI: set only one of the two').optional(),
        })
        .transform((settings) => ({
          ...settings,
          dir: catalogueName(settings),
          catalogue: settings,
          trinoUrl: settings.LAKE_TRINO_URL,
        }))
    : folderSettings
        .superRefine(refuseWithoutCatalogue(env))
        .transform((settings) => ({ ...settings, dir: settings.LAKE_DIR, catalogue: undefined }));
