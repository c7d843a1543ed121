import { type Catalogue, parseCatalogue } from '@velolog/ingest/sources/catalogue';

const HEAD =
  'Country Code,Name,Location,System ID,URL,Auto-Discovery URL,Supported Versions,Authentication Info URL,Authentication Type,Authentication Parameter Name';

/** A catalogue of made-up systems, in MobilityData's format. */
export function catalogueText(...rows: string[]): string {
  return `${[HEAD, ...rows].join('\n')}\n`;
}

export function catalogueOf(...rows: string[]): Catalogue {
  return parseCatalogue(catalogueText(...rows));
}
