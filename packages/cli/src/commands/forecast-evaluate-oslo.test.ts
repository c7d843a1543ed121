import { join } from 'node:path';
import { expect, test } from 'vitest';
import { corpus, missingCorpus } from '../../../../test/corpus.ts';
import { evaluate } from './test-evaluate.ts';

const RECORDED = 'series/oslo_bysykkel/station_status.2022-10_2022-12.ndjson.gz';
const OSLO = join(corpus, RECORDED);

test('on six weeks of Oslo the forecast saves what the notes measured, and more', async ({ skip }) => {
  const missing = missingCorpus(RECORDED);
  if (missing !== null) skip(missing);
  const { code, stdout } = await evaluate('--json', '--minutes', '40', OSLO);
  expect(code).toBe(0);
  const [bike, dock] = JSON.parse(stdout);
  // Berlin's clock is Oslo's.
  const timezone = 'Europe/Berlin';
  expect(bike).toMatchObject({ file: OSLO, timezone, target: 'bike', minutes: 40, basis: 'logit' });
  expect(bike.skill_persistence).toBeGreaterThan(0.18);
  expect(bike.skill_damped).toBeGreaterThan(0.07);
  expect(bike.interval[0]).toBeGreaterThan(0.15);
  expect(dock.skill_persistence).toBeGreaterThan(0.2);
  expect(dock.skill_damped).toBeGreaterThan(0.07);
  for (const { cases, forecast, observed } of [...bike.reliability, ...dock.reliability]) {
    if (cases >= 500) expect(Math.abs(forecast - observed)).toBeLessThan(0.05);
  }
});
