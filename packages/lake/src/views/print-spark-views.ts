import { sparkStatements } from './spark-views.ts';

// For `spark-sql -i`: docs/lake.md.
process.stdout.write(
  sparkStatements()
    .map((statement) => `${statement};\n`)
    .join('\n'),
);
