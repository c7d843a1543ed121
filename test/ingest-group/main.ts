import { randomInt } from 'node:crypto';
import { runGroup } from './group-run.ts';

// npm run test:rebalance: twenty rebalances. SEED repeats a run, STEPS sets the number of steps.
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const steps = Number(process.env.STEPS ?? 20);
console.log(`SEED=${seed} STEPS=${steps}`);
const result = await runGroup({ seed, steps, log: console.log });
console.log(JSON.stringify(result, null, 2));
const { breaches, disorder, complaints, differences, unrecordedInCalm, silenceSeconds } = result;
const problems = [breaches, disorder, complaints, differences, unrecordedInCalm];
const isGood = problems.every(({ length }) => length === 0) && silenceSeconds < 60;
process.exit(isGood ? 0 : 1);
