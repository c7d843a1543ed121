import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dashboards, jsonOf } from '../src/dashboards.ts';

const folder = new URL('../dashboards/', import.meta.url);

test('grafana/dashboards is what grafana/src makes (if not: npm run dashboards, and commit it)', () => {
  const made = dashboards();
  expect(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort(),
  ).toEqual(Object.keys(made).sort());
  for (const [file, dashboard] of Object.entries(made)) {
    expect(readFileSync(new URL(file, folder), 'utf8'), file).toBe(jsonOf(dashboard));
  }
});
