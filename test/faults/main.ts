import { diffTables } from './diff-tables.ts';
import { FAULT_KINDS, type FaultKind } from './fault-plan.ts';
import { runFaults } from './fault-run.ts';

// npm run test:faults: FAULTS faults (120) in one run, chosen by SEED; exit code 1 when any table differs in any row.
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const faults = Number(process.env.FAULTS ?? 120);
console.log(`Faults: SEED=${seed} FAULTS=${faults}`);
const startedAt = performance.now();
const { tally, endedByThemselves, polls, records, tables } = await runFaults({
  seed,
  faults,
  log: (line) => console.log(line),
});

console.log(`\n${faults} faults in ${Math.round((performance.now() - startedAt) / 1000)} s, SEED=${seed}`);
for (const kind of Object.keys(FAULT_KINDS) as FaultKind[]) {
  console.log(`  ${String(tally.get(kind) ?? 0).padStart(4)}  ${kind}`);
}
console.log(`${polls} polls published, ${records} records in Kafka`);
console.log(`Workers that ended without being killed: ${endedByThemselves.join('; ') || 'none'}`);

const { kafka_position: _, ...withFaults } = tables.withFaults;
const { kafka_position: __, ...withoutKafka } = tables.withoutKafka;
const differences = [
  ...diffTables(tables.withFaults, tables.withoutFaults, 'a run without faults'),
  ...diffTables(withFaults, withoutKafka, 'the same polls stored without Kafka'),
];
const counts = Object.entries(tables.withFaults).map(([table, rows]) => `${table} ${rows.length}`);
console.log(`Rows compared: ${counts.join(', ')}`);
for (const difference of differences) console.error(difference);
console.log(
  differences.length === 0
    ? 'The tables equal those of a run without faults, and of the same polls stored without Kafka, row for row.'
    : `The tables differ. Repeat with: SEED=${seed} FAULTS=${faults} npm run test:faults`,
);
process.exit(differences.length === 0 ? 0 : 1);
