import { expect, test } from 'vitest';
import type { StationForecast } from '../../src/api/forecast.ts';
import { basisText, outlookText } from './outlook.ts';

const told = (values: Partial<StationForecast>): StationForecast => ({
  station_id: '1',
  p_bike: 0.823,
  p_dock: 0.97,
  expected_bikes: 2.4,
  basis: 'logit',
  basis_dock: 'table',
  trained_at: null,
  observed_at: null,
  no_forecast_because: null,
  ...values,
});

test.each<[values: Partial<StationForecast>, text: string]>([
  [{}, 'In 20 min: a bike 82 %, a dock 97 %'],
  [{ p_bike: 1, p_dock: 0 }, 'In 20 min: a bike 99 %, a dock 1 %'],
  [{ p_dock: null }, 'In 20 min: a bike 82 %'],
  [{ p_bike: null, p_dock: null, no_forecast_because: 'old' }, 'No forecast: the data is old.'],
  [{ p_bike: null, p_dock: null, no_forecast_because: 'closed' }, 'No forecast: the station is closed.'],
])('%j reads %s', (values, text) => {
  expect(outlookText(told(values), 20)).toBe(text);
});

test('the basis is said in words, with how much better than the count alone it was', () => {
  const both = (basis: StationForecast['basis']) => told({ basis, basis_dock: basis });
  expect(basisText(both('logit'), 0.094)).toMatch(
    /^Based on the count, .* the error for bikes was 9 % less than with the count alone\.$/,
  );
  expect(basisText(both('logit'), -0.02)).toMatch(/2 % more/);
  expect(basisText(both('persistence'), null)).toMatch(
    /^Based only on the present count\. .* a day of records/,
  );
  expect(basisText(both(null), null)).toBe('');
});

test('where a bike and a dock are forecast by different methods, both are said, and the score is that of bikes', () => {
  expect(basisText(told({}), 0.094)).toBe(
    "A bike: based on the count, the hour, recent changes and this station's usual week. Over the last 14 days the error for bikes was 9 % less than with the count alone. A dock: based on how often stations with this count had one later.",
  );
  expect(basisText(told({ basis: 'table', basis_dock: 'logit' }), 0.094)).not.toContain('14 days');
  expect(basisText(told({ basis: null }), null)).toBe(
    'Based on how often stations with this count had one later.',
  );
});
