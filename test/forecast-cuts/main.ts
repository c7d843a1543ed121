/**
 * `npm run test:cuts -- TIMEZONE FILE` cuts a recording into many shorter ones, forecasts each, and prints where the forecast loses against damped persistence or saves less than
 * 4 %. Beside it stands what the best constant trust in the same model would have saved, known in hindsight: where that is below 4 % too, no rule for trusting the model
 * reaches it. Takes some minutes of CPU.
 */
import { readRecording } from '@velolog/cli/commands/forecast-evaluate';
import { readSights } from '@velolog/forecast/cases';
import { type Cut, cutHistory, spanDays } from './cut-history.ts';
import { type Trial, tryTrust } from './trust-trial.ts';

const MINUTES = [20, 40, 60];
/** All stations, two different thirds of them, and two different twelfths. */
const STATIONS = [
  { everyStation: 1, firstStation: 0 },
  { everyStation: 3, firstStation: 0 },
  { everyStation: 3, firstStation: 1 },
  { everyStation: 12, firstStation: 0 },
  { everyStation: 12, firstStation: 5 },
];
const LENGTHS = [
  { days: [14, 17, 21], everyDay: 5, wanted: 0.04 },
  { days: [5, 7, 10], everyDay: 6, wanted: 0 },
];
/** Less is rounding. */
const LOSS = -0.0005;

const [timezone, file] = process.argv.slice(2);
if (timezone === undefined || file === undefined) {
  console.error(
    'Give a time zone and a recording: npm run test:cuts -- Europe/Oslo station_status.ndjson.gz',
  );
  process.exit(2);
}
const history = await readRecording(file, timezone);

for (const { days, everyDay, wanted } of LENGTHS) {
  const tried = cutsOf(days, everyDay).flatMap((cut) => {
    const part = cutHistory(history, cut);
    const sights = readSights(part);
    return (['bike', 'dock'] as const).flatMap((target) =>
      MINUTES.map((minutes) => ({ cut, ...tryTrust(part, sights, target, minutes) })),
    );
  });
  for (const target of ['bike', 'dock'] as const)
    report(
      `${target}s, ${days.join(', ')} days`,
      tried.filter((one) => one.target === target),
      wanted,
    );
}

function cutsOf(lengths: number[], everyDay: number): Cut[] {
  const cuts: Cut[] = [];
  for (const days of lengths)
    for (let fromDay = 0; fromDay + days <= spanDays(history); fromDay += everyDay)
      for (const stations of STATIONS) cuts.push({ fromDay, days, ...stations });
  return cuts;
}

function report(name: string, trials: (Trial & { cut: Cut })[], wanted: number): void {
  const below = (part: 'skill' | 'bestSkill') => trials.filter((trial) => trial[part] < wanted).length;
  const skills = trials.map(({ skill }) => skill).toSorted((a, b) => a - b);
  const lost = trials.filter(({ skill }) => skill < LOSS);
  console.log(
    `${name}: ${trials.length} trials; ${lost.length} lose; least ${percent(skills[0])}, middle ${percent(skills[skills.length >> 1])}`,
  );
  if (wanted > 0)
    console.log(
      `  below ${percent(wanted)}: ${below('skill')}; with the best trust in hindsight: ${below('bestSkill')}`,
    );
  for (const { cut, minutes, damped, skill, bestSkill } of lost.toSorted((a, b) => a.skill - b.skill))
    console.log(
      `  loses: day ${cut.fromDay} to ${cut.fromDay + cut.days}, 1 station of ${cut.everyStation} from ${cut.firstStation}, ${minutes} min: ${percent(skill)} of ${damped.toFixed(1)} squared errors; best in hindsight ${percent(bestSkill)}`,
    );
}

function percent(share = 0): string {
  return `${(100 * share).toFixed(1)} %`;
}
