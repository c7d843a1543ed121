import { expect, test } from 'vitest';
import { findCrossings, type Manifests } from '../scripts/boundaries.ts';

const manifests: Manifests = {
  'packages/gbfs': { dependencies: ['zod'], devDependencies: [] },
  'packages/ingest': { dependencies: ['@velolog/stream', 'undici'], devDependencies: ['@types/x'] },
  'packages/store': { dependencies: ['@velolog/stream', 'slonik', 'pg'], devDependencies: ['@types/pg'] },
  'packages/stream': { dependencies: ['kafkajs'], devDependencies: [] },
  'packages/live': { dependencies: ['hono', '@velolog/metrics'], devDependencies: ['uplot'] },
};
const find = (path: string, text: string) => findCrossings([{ path, text }], manifests);

test.each([
  ['packages/store/src/a.ts', "import { Kafka } from 'kafkajs'", 'only packages/stream knows kafkajs'],
  ['bench/a.ts', "import { sql } from 'slonik'", 'only packages/store knows slonik'],
  ['packages/cli/src/a.ts', "import { a } from '@duckdb/node-api'", 'only packages/lake knows DuckDB'],
  ['packages/cli/src/a.ts', "import '@velolog/store/main'", 'main.ts only wires'],
  [
    'packages/ingest/src/a.ts',
    "import { a } from '@velolog/store/a'",
    'may import only gbfs, stream, metrics',
  ],
  [
    'packages/store/src/a.ts',
    "import { a } from '@velolog/ingest/a'",
    'may import only gbfs, stream, metrics',
  ],
  ['packages/live/src/a.ts', "import { a } from '@velolog/store/a'", 'may import only gbfs, metrics'],
  ['packages/store/src/a.ts', "const a = await import('@velolog/live/a')", 'may import only'],
  ['packages/gbfs/src/a.ts', "import { a } from '@velolog/stream/a'", 'may import none'],
  ['packages/gbfs/src/a.ts', "import type pg from 'pg'", 'pg is not in the dependencies of packages/gbfs'],
  ['packages/ingest/src/a.ts', "import x from 'x/deep'", 'x is not in the dependencies'],
  [
    'packages/live/src/a.ts',
    "import uplot from 'uplot'",
    'uplot is not in the dependencies of packages/live',
  ],
  ['packages/ingest/src/a.ts', "export { a } from '../../stream/src/a.ts'", 'it leaves packages/ingest'],
  ['packages/ingest/src/a.ts', "import { a } from '../../../test/a.ts'", 'it leaves packages/ingest'],
  ['packages/ingest/src/a.test.ts', "import { a } from '../../store/src/a.ts'", 'it leaves packages/ingest'],
  [
    'packages/live/src/questions/a.ts',
    "import type { A } from '../routes/a.ts'",
    'do not know the HTTP routes',
  ],
  ['packages/ingest/src/utils.ts', '', 'has a generic name'],
  ['packages/live/src/a.ts', 'sql`select 1 from velolog.station_status`', 'read the schema api only'],
  ['packages/cli/src/a.ts', "'select 1 from velolog.kafka_position'", 'read the schema api only'],
  ['grafana/src/a.ts', "'... JOIN velolog.station using (station_key)'", 'read the schema api only'],
])('%s with %j is refused', (path, text, reason) => {
  expect(find(path, text)).toEqual([expect.stringContaining(reason)]);
});

test.each([
  ['packages/stream/src/a.ts', "import { Kafka } from 'kafkajs'"],
  ['packages/cli/bin/velolog.js', "await import('../src/main.ts')"],
  ['packages/store/src/a.ts', "import { a } from '@velolog/stream/a'; import { readFile } from 'node:fs'"],
  ['packages/store/src/deep/a.ts', "import { a } from '../b.ts'; import p from '../../package.json'"],
  ['packages/ingest/src/a.test.ts', "import { a } from '../../../test/a.ts'; import { test } from 'vitest'"],
  ['packages/live/page/a.ts', "import uplot from 'uplot'"],
  ['packages/live/src/a.ts', 'sql`select 1 from api.station_current`'],
  ['packages/live/src/app.ts', "import { a } from './routes/a.ts'"],
  ['packages/live/src/routes/a.ts', "import { a } from './b.ts'; import { c } from '../questions/c.ts'"],
  ['packages/live/src/routes/a.test.ts', "import { a } from './b.ts'"],
  ['scripts/a.ts', "import { a } from '../packages/store/src/a.ts'"],
])('%s with %j is within its bounds', (path, text) => {
  expect(find(path, text)).toEqual([]);
});
