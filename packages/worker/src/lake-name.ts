import { resolve } from 'node:path';

/** The name of a catalogue in the database, messages and locks. The store and the lake worker must use the same name. */
export function catalogueName({
  LAKE_CATALOG_URI,
  LAKE_WAREHOUSE,
}: {
  LAKE_CATALOG_URI: string;
  LAKE_WAREHOUSE: string;
}): string {
  return `${LAKE_CATALOG_URI} (${LAKE_WAREHOUSE})`;
}

/** The name of a lake folder in the same places: its path as configured, which stays the same when its disk is not mounted. */
export function folderName(dir: string): string {
  return resolve(dir);
}
