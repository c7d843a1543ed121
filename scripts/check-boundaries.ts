import { globSync, readFileSync } from 'node:fs';

/**
 * Says which files import what they may not: `turbo boundaries` knows packages, this knows libraries and folders.
 * Exit code 1 when there is one.
 */
type Rule = { what: string; imports: RegExp; allowed: RegExp };

const RULES: Rule[] = [
  {
    what: 'kafkajs is imported by packages/stream only',
    imports: /^kafkajs/,
    allowed: /^packages\/stream\//,
  },
  { what: 'slonik is imported by packages/store only', imports: /^slonik$/, allowed: /^packages\/store\// },
  { what: 'main.ts only wires: nobody imports it', imports: /(^|\/)main(\.ts)?$/, allowed: /^$/ },
  {
    what: 'ingest is not imported by the store',
    imports: /^@velolog\/ingest\//,
    allowed: /^(?!packages\/store\/)/,
  },
  {
    what: 'the store is not imported by ingest',
    imports: /^@velolog\/store\//,
    allowed: /^(?!packages\/ingest\/)/,
  },
  {
    what: 'packages/gbfs is pure: neither Kafka nor SQL',
    imports: /^(kafkajs|slonik|pg|@velolog\/)/,
    allowed: /^(?!packages\/gbfs\/)/,
  },
];

const BARRELS = /\/(index|utils|helpers|common|types)\.ts$/;
const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

const problems: string[] = [];
for (const file of globSync('{packages,test,sql,bench,scripts}/**/*.ts', {
  exclude: ['**/node_modules/**'],
})) {
  if (BARRELS.test(file)) problems.push(`${file}: name it after the one thing it holds`);
  for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    for (const rule of RULES) {
      if (rule.imports.test(specifier) && !rule.allowed.test(file))
        problems.push(`${file} imports ${specifier}: ${rule.what}`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.error(problems.length === 0 ? 'Boundaries hold' : `${problems.length} boundaries crossed`);
process.exitCode = problems.length === 0 ? 0 : 1;
