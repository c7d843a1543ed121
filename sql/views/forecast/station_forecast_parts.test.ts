import { fitSystem, type Model } from '@velolog/forecast/fit-model';
import type { History } from '@velolog/forecast/history';
import { fitForecasts } from '@velolog/store/upkeep/forecast/fit-forecasts';
import { fitInThread } from '@velolog/store/upkeep/forecast/fit-in-thread';
import { measureTempo } from '@velolog/store/upkeep/forecast/measure-tempo';
import { readRecordedHistory } from '@velolog/store/upkeep/forecast/read-recorded-history';
import { expandHistory } from '@velolog/store/upkeep/forecast/recorded-history';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

/** On the grid of the frames that are fitted, so that both measure the same hour and a half. */
const NOW = Math.floor((Date.now() - START) / 600_000) * 600;
const STEP = 1800;

let store: TestStore;
let openWhileFitting: unknown[] | null = null;
beforeAll(async () => {
  store = await openTestStore();
  let random = 11;
  const next = () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random / 4_294_967_296;
  };
  const counts = [0, 1, 2, 5, 9, 12, 3, 7];
  await store.pollEvery(STEP, 'city', [NOW - 6 * 86_400, NOW], () =>
    counts.map((count, index) => {
      if (next() < 0.4) counts[index] = Math.max(0, Math.min(12, count + (next() < 0.5 ? 1 : -1)));
      return station(`s${index}`, counts[index], 12 - (counts[index] as number));
    }),
  );
  await fitForecasts(store.context.pool, {
    minutesAhead: [40],
    fit: async (...of) => {
      openWhileFitting = await store.ask(
        "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()",
      );
      return fitInThread(...of);
    },
  });
  await measureTempo(store.context.pool);
});
afterAll(() => store[Symbol.asyncDispose]());

const bucketOf = (limits: number[], value: number) => limits.filter((limit) => limit <= value).length;

test('no transaction is open while a fit goes on, however long it takes, and its lock is free afterwards', async () => {
  expect(openWhileFitting).toEqual([]);
  expect(
    await store.ask(
      "select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    ),
  ).toEqual([]);
});

test('the sums of a question are those of the model that was fitted, for every station and target', async () => {
  const [system] = await store.ask('select system_key from velolog.system');
  const read = await readRecordedHistory(store.context.pool, {
    system_key: system?.system_key as number,
    timezone: 'UTC',
    days: 56,
  });
  const history = expandHistory((read as NonNullable<typeof read>).history);
  const { models, activity, usualMoves } = fitSystem(history, [40]);
  const tempo = tempoAt(history, usualMoves);
  expect(Math.abs(tempo)).toBeGreaterThan(0.01);
  const [measured] = await store.ask('select tempo from velolog.forecast_tempo');
  expect(measured?.tempo).toBeCloseTo(tempo, 4);
  // The weights of a model, whatever its own proof says: the table by count is another column.
  const rows = await store.ask(
    "select * from api.station_forecast_parts('city', 40) order by station_key, target",
  );
  expect(rows).toHaveLength(16);
  const local = new Date();
  const hour = local.getUTCHours() + ([0, 6].includes(local.getUTCDay()) ? 24 : 0);
  for (const row of rows) {
    const index = read?.station_keys.indexOf(row.station_key as number) as number;
    const model = models.find(({ target }) => target === row.target) as Model;
    const recent = await store.ask(
      `select status.observed_at, num_bikes_available as bikes from velolog.station_status as status where station_key = $1 order by observed_at desc limit 20`,
      [row.station_key],
    );
    const count = row.count as number;
    const bucket = bucketOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 21, 31], count);
    const since = bucketOf([8, 15, 25, 45, 75, 120, 240], (NOW - (recent[0]?.observed_at as number)) / 60);
    const before = recent.find((one) => (one.observed_at as number) <= NOW - 3600);
    const trend = Math.max(
      -4,
      Math.min(4, (recent[0]?.bikes as number) - ((before ?? recent[0])?.bikes as number)),
    );
    const usual = model.hours[hour] as Model['hours'][number];
    const busy = activity[index] as number;
    const logOdds =
      (model.count[bucket] as number) +
      (model.hour[bucket * 48 + hour] as number) +
      (model.since[bucket * 8 + since] as number) +
      (model.trend[bucket * 9 + trend + 4] as number) +
      (model.activity[
        (bucket * 5 + busy) * 8 + Math.floor((hour % 24) / 6) + (hour >= 24 ? 4 : 0)
      ] as number) +
      model.profileWeight * (usual.profile[index] as number) +
      (model.distance[bucket] as number) *
        Math.max(
          -6,
          Math.min(6, (count - 0.5 + (usual.change[index] as number)) / (usual.deviation[index] as number)),
        ) +
      (model.tempo[bucket] as number) * tempo;
    const [c0 = 0, c1 = 0, ...bends] = model.correction;
    const corrected = [-2.5, -1, 0.5, 2, 3.5, 5].reduce(
      (sum, at, bend) => sum + (bends[bend] as number) * Math.max(0, logOdds - at),
      c0 + c1 * logOdds,
    );
    const damped = Math.min(0.9998, Math.max(0.0002, model.damped[bucket] as number));
    const modelled = 1 / (1 + Math.exp(-corrected));
    expect(row.model, `${row.station_id} ${row.target}`).toBeCloseTo(
      damped + model.trust * (modelled - damped),
      3,
    );
    expect(row.damped).toBeCloseTo(damped, 5);
    expect(row.persistence).toBe(count > 0 ? 1 : 0);
  }
});

/** Moves of the last hour and a half against what is usual at this hour. */
function tempoAt({ times, moves, hours, station_ids }: History, usualMoves: (number | null)[]): number {
  const now = times.at(-1) as number;
  const moved = times.reduce(
    (sum, time, frame) => (time > now - 5400 ? sum + ((moves as Float64Array)[frame] as number) : sum),
    0,
  );
  const usual = usualMoves[hours.at(-1) as number] as number;
  return Math.log((moved / 1.5 / station_ids.length + 0.05) / (usual + 0.05));
}
