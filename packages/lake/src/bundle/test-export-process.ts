import { exportBundle } from './export-bundle.ts';

// An export that a test may kill: node test-export-process.ts DATABASE_URL DIR
const [databaseUrl = '', dir = ''] = process.argv.slice(2);
process.stdout.write('begins\n');
await exportBundle({ databaseUrl, dir, systems: [], fromDay: null, toDay: null, includeUnlicensed: true });
process.exit(0);
