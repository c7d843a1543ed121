import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { exportBundle } from './export-bundle.ts';

// An export that a test may kill: node test-export-process.ts DATABASE_URL DIR [RENAME]. With a number it kills itself in place of so many-th
// rename: data, manifests, lake.json and the texts each get their name by one.
const [databaseUrl = '', dir = '', killedAtRename] = process.argv.slice(2);
if (killedAtRename !== undefined) {
  const { rename } = fsPromises;
  let left = Number(killedAtRename);
  fsPromises.rename = async (from, to) => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    await rename(from, to);
  };
  syncBuiltinESMExports();
}
process.stdout.write('begins\n');
await exportBundle({ databaseUrl, dir, systems: [], fromDay: null, toDay: null, includeUnlicensed: true });
process.exit(0);
