import type { CatalogueSettings } from '@velolog/lake/iceberg/catalogue-settings';
import { writeLake } from '@velolog/lake/write-lake';

// An exporter that a test may kill: node lake-process.ts DATABASE_URL SETTINGS
const [databaseUrl = '', settings = '{}'] = process.argv.slice(2);
process.stdout.write('begins\n');
await writeLake({
  databaseUrl,
  dir: 'test',
  catalogue: JSON.parse(settings) as CatalogueSettings,
  kind: 'lake',
  choose: (systems) => systems,
  fromDay: null,
  toDay: null,
});
process.exit(0);
