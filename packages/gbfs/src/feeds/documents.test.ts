import { describe, expect, test } from 'vitest';
import { decodeSystemAlerts } from './system-alerts.ts';
import { decodeSystemCalendar } from './system-calendar.ts';
import { decodeSystemHours } from './system-hours.ts';
import { decodeSystemPricingPlans } from './system-pricing-plans.ts';
import { decodeSystemRegions } from './system-regions.ts';

const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z

describe('system_alerts', () => {
  const plain = {
    alert_id: '1',
    type: null,
    times: [],
    station_ids: null,
    region_ids: null,
    url: null,
    summary: null,
    description: null,
  };
  const decode = (alert: object) =>
    decodeSystemAlerts({ data: { alerts: [{ alert_id: '1', ...alert }] } }, ['en']);

  test.each<[claim: string, alert: object, row: object, coerced?: object]>([
    ['1.0 and 1.1: types in capitals', { type: 'SYSTEM_CLOSURE' }, { type: 'system_closure' }],
    ['2.0: types in lower case', { type: 'station_move' }, { type: 'station_move' }],
    ['a type of a later version', { type: 'weather' }, { type: 'other' }, { alert_type_unknown: 1 }],
    [
      '1.0 to 2.3: times in POSIX seconds, the end optional',
      { times: [{ start: NOW, end: NOW + 60 }, { start: NOW }] },
      {
        times: [
          { start: NOW, end: NOW + 60 },
          { start: NOW, end: null },
        ],
      },
    ],
    [
      '3.0: times in RFC 3339',
      { times: [{ start: '2023-11-14T22:13:20Z' }] },
      { times: [{ start: NOW, end: null }] },
    ],
    [
      '1.0 to 2.3: texts are plain',
      { summary: 'Closed', description: 'Storm', url: 'https://example.com/a' },
      { summary: 'Closed', description: 'Storm', url: 'https://example.com/a' },
    ],
    [
      '3.0: texts and the address are localized',
      {
        summary: [
          { text: 'Stengt', language: 'nb' },
          { text: 'Closed', language: 'en' },
        ],
        url: [{ text: 'https://example.com/en', language: 'en' }],
      },
      { summary: 'Closed', url: 'https://example.com/en' },
    ],
    [
      'ids as numbers, and each once',
      { station_ids: [7, '7', 8], region_ids: [1] },
      { station_ids: ['7', '8'], region_ids: ['1'] },
      { station_id_number: 2, region_id_number: 1 },
    ],
    [
      'last_updated of an alert is not part of it: feeds set it to the time of the request',
      { last_updated: NOW },
      {},
    ],
    ['a long description is kept', { description: 'x'.repeat(5000) }, { description: 'x'.repeat(5000) }],
    ['an address that is none', { url: 'javascript:alert(1)' }, {}, { url_unusable: 1 }],
  ])('%s', (_claim, alert, row, coerced = {}) => {
    const decoded = decode(alert);
    expect(decoded.rows).toEqual([{ ...plain, ...row }]);
    expect(decoded.coerced).toEqual(coerced);
  });

  test('an empty list is a list: nothing is announced (all 40,964 versions of Bay Wheels)', () => {
    expect(decodeSystemAlerts({ data: { alerts: [] } }).rows).toEqual([]);
  });
});

describe('system_regions', () => {
  test.each([
    ['1.0 to 2.3: names are text', { region_id: '3', name: 'North' }],
    ['3.0: names are localized', { region_id: '3', name: [{ text: 'North', language: 'en' }] }],
    ['ids as numbers (Divvy)', { region_id: 3, name: 'North' }],
  ])('%s', (_claim, region) => {
    expect(decodeSystemRegions({ data: { regions: [region] } }).rows).toEqual([
      { region_id: '3', name: 'North' },
    ]);
  });
});

describe('system_pricing_plans', () => {
  const plain = {
    plan_id: 'p',
    name: null,
    url: null,
    currency: null,
    price: null,
    is_taxable: null,
    description: null,
    per_km_pricing: null,
    per_min_pricing: null,
    surge_pricing: null,
    reservation_price_per_min: null,
    reservation_price_flat_rate: null,
  };

  test.each<[claim: string, plan: object, row: object, coerced?: object]>([
    [
      '1.0: is_taxable is 0 or 1',
      { price: 2.5, is_taxable: 1, currency: 'USD' },
      { price: 2.5, is_taxable: true, currency: 'USD' },
    ],
    ['1.0 to 2.0: the price may be text', { price: '2.50' }, { price: 2.5 }, { price_text: 1 }],
    [
      '2.1: prices by kilometre and minute',
      { per_min_pricing: [{ start: 0, rate: 0.2, interval: 1 }], per_km_pricing: [] },
      { per_min_pricing: [{ start: 0, rate: 0.2, interval: 1, end: null }], per_km_pricing: [] },
    ],
    ['2.1: surge_pricing', { surge_pricing: false }, { surge_pricing: false }],
    [
      '3.0: texts are localized',
      { name: [{ text: 'Day', language: 'en' }], description: [{ text: 'All day', language: 'en' }] },
      { name: 'Day', description: 'All day' },
    ],
    [
      '3.1: prices of a reservation',
      { reservation_price_per_min: 0.1, reservation_price_flat_rate: 1 },
      { reservation_price_per_min: 0.1, reservation_price_flat_rate: 1 },
    ],
    ['a discount is a negative rate', { price: -1 }, { price: -1 }],
    ['a currency that is none', { currency: '€' }, {}, { currency_unreadable: 1 }],
    ['a price that is none', { price: 'free' }, {}, { price_unreadable: 1 }],
  ])('%s', (_claim, plan, row, coerced = {}) => {
    const decoded = decodeSystemPricingPlans({ data: { plans: [{ plan_id: 'p', ...plan }] } });
    expect(decoded.rows).toEqual([{ ...plain, ...row }]);
    expect(decoded.coerced).toEqual(coerced);
  });
});

describe('system_hours and system_calendar, until 2.3', () => {
  test('hours keep users, days and times; rows without times are skipped', () => {
    const { rows, skipped } = decodeSystemHours({
      data: {
        rental_hours: [
          { user_types: ['member'], days: ['Mon', 'tue'], start_time: '06:00:00', end_time: '25:30:00' },
          { days: ['sat'] },
        ],
      },
    });
    expect(rows).toEqual([
      { user_types: ['member'], days: ['mon', 'tue'], start_time: '06:00:00', end_time: '25:30:00' },
    ]);
    expect(skipped).toEqual({ time_unreadable: 1 });
  });

  test('seasons come every year, or have years from 2.0 on', () => {
    const season = { start_month: 4, start_day: 1, end_month: 11, end_day: 5 };
    const { rows, skipped } = decodeSystemCalendar({
      data: { calendars: [season, { ...season, start_year: 2024, end_year: 2024 }, { start_month: 13 }] },
    });
    expect(rows).toEqual([
      { ...season, start_year: null, end_year: null },
      { ...season, start_year: 2024, end_year: 2024 },
    ]);
    expect(skipped).toEqual({ date_unreadable: 1 });
  });
});
