import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../test/servers/test-database.ts';
import { readSchemaText } from './schema-text.ts';

test('schema.sql is what migrations and views make (if not: npm run schema, and commit it)', async () => {
  const database = await createTestDatabase();
  const text = await readSchemaText(database.url);
  await database.drop();
  expect(readFileSync(new URL('schema.sql', import.meta.url), 'utf8')).toBe(text);
});
