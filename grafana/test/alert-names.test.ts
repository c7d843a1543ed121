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
