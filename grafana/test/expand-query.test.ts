import { describe, expect, test } from 'vitest';
import { expandPromql, expandSql, type QueryContext } from './expand-query.ts';

const context: QueryContext = {
  from: new Date('2026-06-15T08:00:00Z'),
  to: new Date('2026-06-15T09:00:00Z'),
  intervalMs: 300_000,
  variables: { one: "it's", several: ['a', "b'c"], none: [] },
};

describe('expandSql', () => {
  test.each([
    // As in Grafana's macros_test.go and the tests of its SQL data sources.
    ['$__timeFrom()', "'2026-06-15T08:00:00.000Z'"],
    ['$__timeTo()::timestamptz', "'2026-06-15T09:00:00.000Z'::timestamptz"],
    ['$__timeFilter(at)', "at BETWEEN '2026-06-15T08:00:00.000Z' AND '2026-06-15T09:00:00.000Z'"],
    ["$__timeGroup(at , '5m')", 'floor(extract(epoch from at)/300)*300'],
    ['select $__timeGroup(at, 1h), 1', 'select floor(extract(epoch from at)/3600)*3600 AS "time", 1'],
    ['$__timeGroupAlias(at, $__interval)', 'floor(extract(epoch from at)/300)*300 AS "time"'],
    ['$__interval_ms / 1000.0', '300000 / 1000.0'],
    [`'$one'`, "'it''s'"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['${one:sqlstring}', "'it''s'"],
    ['in ($several)', "in ('a','b''c')"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    ['array[${none:sqlstring}]::text[]', 'array[]::text[]'],
  ])('%s becomes %s', (raw, expanded) => {
    expect(expandSql(raw, context)).toBe(expanded);
  });

  test.each([
    ['$__timeShift(at)', /No variable __timeShift|unknown macro/],
    ['$nobody', /No variable nobody/],
    ['$__timeGroup(at)', /lacks an argument/],
  ])('%s is an error, as in Grafana', (raw, error) => {
    expect(() => expandSql(raw, context)).toThrow(error);
  });
});

test('expandPromql gives intervals and regular expressions', () => {
  expect(expandPromql('rate(x{s=~"$several"}[$__rate_interval]) + increase(y[$__range])', context)).toBe(
    'rate(x{s=~"(a|b\'c)"}[315s]) + increase(y[3600s])',
  );
});
