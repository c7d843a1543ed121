import { evaluate } from '@velolog/forecast/evaluate';
import { HistoryBuilder } from '@velolog/forecast/history';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { PublishedSystem } from '@velolog/simulator/published-system';
import { planSystems } from '@velolog/simulator/systems';
import { countsToLearn } from '@velolog/store/upkeep/forecast/counts-to-learn';
import { expect, test } from 'vitest';

/** `npm run test:calibration`: so many cities of any seed. By default one small city of a seed that is always the same, in which only large tenths tell their share. */
const CITIES = Number(process.env.CALIBRATION_CITIES ?? 0);
const FIRST_SEED = Number(process.env.SEED ?? (CITIES === 0 ? 1 : Math.floor(Math.random() * 1e6)));
const SEEDS = Array.from({ length: Math.max(1, CITIES) }, (_, city) => FIRST_SEED + city);
const DAYS = CITIES === 0 ? 14 : 28;
const STATIONS = CITIES === 0 ? 50 : 150;
const BIN_CASES_MIN = CITIES === 0 ? 1_500 : 500;
const STEP_SECONDS = 900;
const MISS_MAX = 0.03;
/**
 * One standard error of a tenth of 600 forecasts is .023, so that a perfect forecaster would miss .03 in many a city. A tenth of one city fails where it is off by more than .03
 * beyond two standard errors; what all cities have in common must be within .03 as it stands, in each tenth with enough forecasts for that.
 */
const STANDARD_ERRORS = CITIES === 0 ? 0 : 2;
const POOLED_CASES_MIN = 3_000;

type Tenth = { cases: number; missed: number };
const pooled = new Map<string, Tenth>();

/** What the simulator's city really held, as its feed tells it. */
function simulatedHistory(seed: number) {
  const [system] = planSystems({
    systems: 1,
    stations: STATIONS,
    versions: ['2.3'],
    seed: `forecast-${seed}`,
  });
  if (system === undefined) throw new Error('The simulator planned no system');
  const startedAtMs = Date.UTC(2026, 5, 1);
  const published = new PublishedSystem(system, {
    timeline: { startedAtMs, publicationSeconds: STEP_SECONDS, timeFactor: 1 },
    ttlSeconds: STEP_SECONDS,
    startHour: 0,
    baseUrl: 'https://example.org',
  });
  const builder = new HistoryBuilder();
  for (let second = 0; second < DAYS * 86_400; second += STEP_SECONDS) {
    const atMs = startedAtMs + second * 1000;
    const body = published.answer('station_status', atMs)?.document();
    builder.add({ time: atMs / 1000, stations: decodeStationStatus(body).rows.map(countsToLearn) });
  }
  return builder.build();
}

test.each(SEEDS)(
  'on a city whose truth is known, what is forecast comes true as often as it is said (seed %i)',
  (seed) => {
    const history = simulatedHistory(seed);
    const scores = evaluate(history, [30]);
    for (const { target, minutes, reliability, basis, skill_damped, skill_persistence } of scores) {
      const bins = reliability.filter(({ cases }) => cases >= BIN_CASES_MIN);
      const misses = bins.map(({ forecast, observed }) => Math.abs(forecast - observed));
      console.info(
        `${target} ${minutes} min (${basis}): worst ${Math.max(...misses).toFixed(3)} of ${bins.length} bins; skill ${skill_persistence?.toFixed(3)}, over damped persistence ${skill_damped?.toFixed(3)}; ${reliability.map(({ from, cases, forecast, observed, standard_error }) => `${from}: ${cases} ${(forecast - observed).toFixed(3)} ± ${standard_error.toFixed(3)}`).join(', ')}`,
      );
      expect(bins.length).toBeGreaterThan(0);
      for (const { from, forecast, observed, standard_error } of bins)
        expect(
          Math.abs(forecast - observed) - STANDARD_ERRORS * standard_error,
          `${target} ${from}`,
        ).toBeLessThan(MISS_MAX);
      for (const { from, cases, forecast, observed } of reliability)
        addTo(`${target} ${from}`, cases, forecast - observed);
    }
  },
);

function addTo(tenth: string, cases: number, miss: number): void {
  const sums = pooled.get(tenth) ?? { cases: 0, missed: 0 };
  pooled.set(tenth, { cases: sums.cases + cases, missed: sums.missed + cases * miss });
}

if (CITIES > 1) {
  test('over all these cities, each tenth of forecasts comes true within .03', () => {
    const tenths = [...pooled].filter(([, { cases }]) => cases >= POOLED_CASES_MIN);
    console.info(
      tenths
        .map(([tenth, { cases, missed }]) => `${tenth}: ${cases} ${(missed / cases).toFixed(4)}`)
        .join(', '),
    );
    expect(tenths.length).toBeGreaterThan(10);
    for (const [tenth, { cases, missed }] of tenths)
      expect(Math.abs(missed / cases), tenth).toBeLessThan(MISS_MAX);
  });
}
