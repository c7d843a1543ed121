import { trinoStatements } from './trino-views.ts';

// For `trino --file`: docs/lake.md.
process.stdout.write(
  trinoStatements()
    .map((statement) => `${statement};\n`)
    .join('\n'),
);
