import { basename } from 'node:path';
import { type Evaluation, evaluate, judgedFrom } from '@velolog/forecast/evaluate';
import { type History, HistoryBuilder, historyOf, UNKNOWN } from '@velolog/forecast/history';
import { likelyTimezone } from '@velolog/forecast/likely-timezone';
import type { ReliabilityBin } from '@velolog/forecast/score';
import { parseBody } from '@velolog/gbfs/body';
import { UndecodableBody } from '@velolog/gbfs/decoded';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { readTimezone } from '@velolog/gbfs/values/timezone';
import { countsToLearn } from '@velolog/store/upkeep/forecast/counts-to-learn';
import { printable } from '@velolog/worker/printable';
import { UserError } from '@velolog/worker/user-error';
import { readHistory } from '../history/history-file.ts';
import { formatTable } from '../print/format-table.ts';

const MINUTES_MIN = 5;
const MINUTES_MAX = 180;
/** A bin with fewer forecasts says little about reliability. */
const BIN_CASES_MIN = 500;

/** The scores of one recording. `timezone` is whose hours it was given. */
type Scored = { file: string; timezone: string } & Evaluation;

/**
 * `velolog forecast evaluate`: the scores of each recording, as a table or as JSON. A recording that cannot be read does not hide the scores of the others. @throws UserError
 */
export async function evaluateFiles(options: {
  files: string[];
  minutes: string;
  /** Without it, the one in whose night the bikes of the recording rest. */
  timezone?: string;
  json: boolean;
}): Promise<void> {
  const minutes = readMinutes(options.minutes);
  const { timezone } = options;
  if (timezone !== undefined) checkTimezone(timezone);
  const scores: Scored[] = [];
  let failed = 0;
  for (const file of options.files) {
    try {
      scores.push(...(await evaluateFile(file, timezone ?? null, minutes)));
    } catch (error) {
      if (!(error instanceof UserError) || options.files.length === 1) throw error;
      process.stderr.write(`${error.message}\n`);
      failed += 1;
    }
  }
  if (scores.length > 0 || options.json)
    process.stdout.write(
      `${options.json ? JSON.stringify(scores) : describe(scores, timezone === undefined)}\n`,
    );
  if (failed > 0)
    throw new UserError(`${failed} of ${options.files.length} recordings could not be evaluated`);
}

async function evaluateFile(file: string, given: string | null, minutes: number[]): Promise<Scored[]> {
  const recording = await readRecording(file, given ?? 'UTC');
  const timezone = given ?? likelyTimezone(recording, judgedFrom(recording)) ?? 'UTC';
  const history = given === null ? historyOf(recording, timezone) : recording;
  const scores = evaluate(history, minutes);
  const unjudged = scores.filter(({ pairs }) => pairs === 0).map((score) => whyNoPairs(history, score));
  for (const reason of new Set(unjudged)) process.stderr.write(`${printable(file)}: ${reason}\n`);
  return scores.map((score) => ({ file, timezone, ...score }));
}

/** Says why there is no score: null alone would look like a fault of the command. */
function whyNoPairs({ times, bikes, docks }: History, { target, minutes }: Evaluation): string {
  if (times.length < 2) return 'nothing to judge: it has a single observation';
  const counts = target === 'bike' ? bikes : docks;
  if (counts.every((count) => count === UNKNOWN))
    return `nothing to judge for ${target}s: no open station gives a number of them`;
  return `nothing to judge for ${target}s in ${minutes} minutes: no count of the last 40 % was observed again ${minutes} minutes later`;
}

/** @throws UserError (wrong use) */
function readMinutes(list: string): number[] {
  const minutes = list.split(',').map((text) => Number(text.trim() || Number.NaN));
  if (minutes.some((value) => !Number.isInteger(value) || value < MINUTES_MIN || value > MINUTES_MAX)) {
    throw new UserError(
      `--minutes is ${JSON.stringify(list)}; expected whole minutes from ${MINUTES_MIN} to ${MINUTES_MAX}, separated by commas, such as 20,40,60`,
      { exitCode: 2 },
    );
  }
  return minutes;
}

/** Accepts only IANA names, as GBFS systems use them: an abbreviation would be ambiguous. */
function checkTimezone(timezone: string): void {
  if (readTimezone(timezone, {}) !== null) return;
  throw new UserError(`--timezone is ${JSON.stringify(timezone)}; expected a name such as Europe/Oslo`, {
    exitCode: 2,
  });
}

/** The counts of a recording of station_status. @throws UserError */
export async function readRecording(file: string, timezone: string): Promise<History> {
  const builder = new HistoryBuilder();
  const skipped = new Map<string, number>();
  let stations = 0;
  for await (const { fetched_at, body } of readHistory(file)) {
    try {
      const { rows } = decodeStationStatus(parseBody(body));
      stations += rows.length;
      builder.add({ time: fetched_at.getTime() / 1000, stations: rows.map(countsToLearn) });
    } catch (error) {
      if (!(error instanceof UndecodableBody)) throw error;
      skipped.set(error.reason, (skipped.get(error.reason) ?? 0) + 1);
    }
  }
  const reasons = [...skipped].map(([reason, bodies]) => `${bodies} ${reason}`).join(', ');
  if (stations === 0) {
    throw new UserError(
      `${printable(file)} contains no station_status to learn from${reasons === '' ? '' : ` (${reasons})`}: give a recording of station_status in a form that \`velolog import\` reads`,
    );
  }
  if (reasons !== '') process.stderr.write(`${printable(file)}: skipped bodies: ${reasons}\n`);
  return builder.build(timezone);
}

function describe(scores: Scored[], isGuessed: boolean): string {
  const columns = [
    'file',
    'of',
    'minutes',
    'pairs',
    'Brier',
    'vs persistence',
    '95 %',
    'vs damped',
    'vs profile',
    'count ≤ 3',
    'worst bin',
    'basis',
  ];
  const rows = scores.map((score) => [
    basename(score.file),
    score.target,
    score.minutes,
    score.pairs,
    score.brier === null ? null : score.brier.toFixed(4),
    percent(score.skill_persistence),
    score.interval === null ? null : `${percent(score.interval[0])} to ${percent(score.interval[1])}`,
    percent(score.skill_damped),
    percent(score.skill_profile),
    percent(score.skill_low[0] ?? null),
    worstBin(score.reliability),
    score.basis,
  ]);
  return [
    formatTable(columns, rows),
    '',
    'Skill is the share by which the forecast\'s Brier score is lower than a reference\'s: "vs persistence" assumes that the present state stays, with the middle 95 %',
    'of resampled days or weeks; "vs damped" is the share of past cases with the same count; "vs profile" is the usual week; "count ≤ 3" is',
    `persistence where three or fewer were left. "worst bin" is forecast minus outcome, in the worst tenth with ${BIN_CASES_MIN} forecasts or more.`,
    `The last 40 % of each recording is forecast; each day uses only earlier data. ${whoseHours(scores, isGuessed)}`,
  ].join('\n');
}

function whoseHours(scores: Scored[], isGuessed: boolean): string {
  const zones = [...new Set(scores.map(({ timezone }) => timezone))].join(', ');
  return isGuessed
    ? `Hours are those of ${zones}, guessed from when bikes rest (UTC if that shows nothing). Habits follow local time: give the zone of the system with --timezone.`
    : `Hours are those of ${zones}.`;
}

function percent(share: number | null): string | null {
  return share === null ? null : `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}

function worstBin(bins: ReliabilityBin[]): string | null {
  const misses = bins
    .filter(({ cases }) => cases >= BIN_CASES_MIN)
    .map(({ forecast, observed }) => forecast - observed);
  if (misses.length === 0) return null;
  const worst = misses.reduce((most, miss) => (Math.abs(miss) > Math.abs(most) ? miss : most), 0);
  return `${worst < 0 ? '−' : '+'}${Math.abs(worst).toFixed(3)}`;
}
