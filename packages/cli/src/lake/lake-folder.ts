import { join, resolve } from 'node:path';
import type { LakePlace } from '@velolog/lake/config';
import { catalogueSettings, withoutCatalogue } from '@velolog/lake/iceberg/catalogue-settings';
import { catalogueName } from '@velolog/worker/lake-name';
import { readSettings } from '@velolog/worker/settings';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';

/** The folder of --lake, else LAKE_DIR, else `lake` in the home. */
function lakeFolderOf(home: Home, named: string | undefined): string {
  return resolve(named || process.env.LAKE_DIR || join(home.path, 'lake'));
}

/** The folder of --lake, else the catalogue of LAKE_CATALOG_URI, else the default folder. */
export function lakePlaceOf(home: Home, named: string | undefined): LakePlace {
  if (named || !process.env.LAKE_CATALOG_URI) {
    if (!named) readSettings(withoutCatalogue(process.env), process.env);
    return { dir: lakeFolderOf(home, named), catalogue: undefined };
  }
  if (process.env.LAKE_DIR)
    throw new UserError(
      'LAKE_DIR conflicts with LAKE_CATALOG_URI: set only one of the two, or name a folder with --lake',
      { exitCode: 2 },
    );
  const catalogue = readSettings(catalogueSettings, process.env);
  return { dir: catalogueName(catalogue), catalogue };
}
