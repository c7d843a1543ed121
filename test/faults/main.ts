import { diffTables } from './diff-tables.ts';
import { FAULT_KINDS, type FaultKind } from './run/fault-plan.ts';
import { runFaults } from './run/fault-run.ts';

// npm run test:faults: FAULTS faults (120) in one run, chosen by SEED; exit code 1 when any table differs in any row.
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const faults = Number(process.env.FAULTS ?? 120);
console.log(`Faults: SEED=${seed} FAULTS=${faults}`);
const startedAt = performance.now();
const {
  tally,
  endedByThemselves,
  polls,
  records,
  losses,
  lostUnread,
  lostByIngest,
  problems,
  tables,
  vehicles,
} = await runFaults({
  seed,
  faults,
  log: (line) => console.log(line),
});

console.log(`\n${faults} faults in ${Math.round((performance.now() - startedAt) / 1000)} s, SEED=${seed}`);
for (const kind of Object.keys(FAULT_KINDS) as FaultKind[]) {
  console.log(`  ${String(tally.get(kind) ?? 0).padStart(4)}  ${kind}`);
}
console.log(`${polls} polls published, ${records} records of Kafka read`);
console.log(
  `Lost by Kafka before they were read: ${lostUnread.made_anew} with topics recreated, ${lostUnread.cut} with the ends of logs`,
);
console.log(`Rows of kafka_loss: ${JSON.stringify(losses)}; ingest counted ${lostByIngest} or more as lost`);
console.log(`Workers that ended without being killed: ${endedByThemselves.join('; ') || 'none'}`);

const { kafka_position: of, ...withFaults } = tables.withFaults;
const { kafka_position: __, ...withoutKafka } = tables.withoutKafka;
const { kafka_position: reference, ...withoutFaults } = tables.withoutFaults;
const { kafka_position: ___, ...heldWithoutKafka } = tables.heldWithoutKafka;
const differences = [
  ...problems,
  ...(lostUnread.cut > 0 && lostByIngest === 0
    ? ['The ends of logs were lost, and ingest counted nothing']
    : []),
  ...diffTables(
    withFaults,
    withoutKafka,
    'what was read, with the losses that were counted, stored without Kafka',
  ),
  ...diffTables({ of: of ?? [] }, { of: reference ?? [] }, 'the position of a run without faults'),
  ...diffTables(
    vehicles.withFaults,
    vehicles.bySlowProgram,
    'what a slow program finds in the raw bodies of vehicles that were read',
  ),
  ...diffTables(withoutFaults, heldWithoutKafka, 'what Kafka holds now, stored without Kafka'),
];
const counts = Object.entries(tables.withFaults).map(([table, rows]) => `${table} ${rows.length}`);
console.log(`Rows compared: ${counts.join(', ')}`);
const bySlowProgram = Object.entries(vehicles.bySlowProgram).map(
  ([table, rows]) => `${table} ${rows.length}`,
);
console.log(`Rows compared with a slow program: ${bySlowProgram.join(', ')}`);
for (const difference of differences) console.error(difference);
console.log(
  differences.length === 0
    ? 'The tables equal those of the records that were read and the losses that were counted, row for row; nothing was lost in silence.'
    : `The tables differ. Repeat with: SEED=${seed} FAULTS=${faults} npm run test:faults`,
);
process.exit(differences.length === 0 ? 0 : 1);
