import { resolve } from 'node:path';

/** The name of a catalogue in the database, in messages and in locks: the store and the lake worker have to mean the same one. */
export function catalogueName({
  LAKE_CATALOG_URI,
  LAKE_WAREHOUSE,
}: {
  LAKE_CATALOG_URI: string;
  LAKE_WAREHOUSE: string;
}): string {
  return `${LAKE_CATALOG_URI} (${LAKE_WAREHOUSE})`;
}

/** The name of a folder there: its path as it was set, which stays the same when its disk is not mounted. */
export function folderName(dir: string): string {
  return resolve(dir);
}
