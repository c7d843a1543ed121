import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { panelsOf, readDashboards } from './read-dashboards.ts';

const rules = fileURLToPath(new URL('../../prometheus/rules/', import.meta.url));
const names = globSync(`${rules}*.yml`).flatMap((file) =>
  Array.from(readFileSync(file, 'utf8').matchAll(/^\s*- alert: (\w+)/gm), ([, name = '']) => name),
);

/** Of Grafana's table, measured in 12.2: a letter of its font on average, and what surrounds the text of a cell. */
const LETTER_PX = 7.9;
const AROUND_PX = 12;
/** As wide as its 13 digits and signs: `29 d 16:42:44`. A column that is narrower cuts the days off. */
const LONGEST_DURATION_PX = 105;
const LEAST_BAR_PX = 10;

test('the name of every alert fits into its column: Grafana would break it between any two letters', () => {
  const longest = Math.max(...names.map((name) => name.length));
  expect(longest).toBeGreaterThan(20);
  for (const { dashboard } of readDashboards())
    for (const { title, fieldConfig } of panelsOf(dashboard)) {
      const column = fieldConfig?.overrides.find(({ matcher }) => matcher.options === 'alertname');
      if (column === undefined) continue;
      const width = column.properties.find(({ id }) => id === 'custom.width')?.value;
      expect(width, `${dashboard.title}: ${title}`).toBeGreaterThanOrEqual(longest * LETTER_PX + AROUND_PX);
    }
});

test('a duration of weeks fits into its column: cut at its left, it would be one of hours', () => {
  for (const { dashboard } of readDashboards())
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      if (type !== 'table') continue;
      for (const { matcher, properties } of fieldConfig?.overrides ?? []) {
        const of = (wanted: string) => properties.find(({ id }) => id === wanted)?.value;
        if (of('unit') !== 'dtdhms') continue;
        const least = LONGEST_DURATION_PX + (of('custom.cellOptions')?.type === 'gauge' ? LEAST_BAR_PX : 0);
        expect(of('custom.width'), `${title}: ${matcher.options}`).toBeGreaterThanOrEqual(least);
      }
    }
});
