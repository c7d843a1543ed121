import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { migrate } from '@velolog/store/migrate/migrate';
import { readSchemaText } from '../sql/schema-text.ts';

// Writes sql/schema.sql, so that a schema change is visible in a review. sql/schema.test.ts fails when the file is out of date.
const directory = await mkdtemp(join(tmpdir(), 'velolog-schema-'));
const server = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' } });
try {
  await migrate(server.url);
  writeFileSync(new URL('../sql/schema.sql', import.meta.url), await readSchemaText(server.url));
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
