import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dashboards, jsonOf } from '../src/dashboards.ts';
import { GROUND_FILE, ground } from '../src/maps/ground.ts';

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

test("the land and water of Grafana's maps are those of the live page (if not: npm run dashboards, and commit it)", () => {
  const made = ground();
  expect(readFileSync(new URL(`../${GROUND_FILE}`, import.meta.url), 'utf8') === made).toBe(true);
  const kinds = JSON.parse(made).features.map(
    ({ properties }: { properties: { kind: string } }) => properties.kind,
  );
  // Lakes lie on the land; a coastal city's ground covers both, and its own water lies on top.
  expect(kinds.filter((kind: string, at: number) => kind !== kinds[at - 1])).toEqual([
    'sea',
    'land',
    'water',
    'ground',
    'water',
  ]);
});
