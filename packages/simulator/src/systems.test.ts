import { expect, test } from 'vitest';
import { planSystems } from './systems.ts';

test('the first systems bear the names of cities, the others numbers, all begin with sim-', () => {
  const systems = planSystems({ systems: 40, stations: 10, versions: ['2.3'], seed: 'a' });
  expect(systems[0]?.system_id).toBe('sim-oslo');
  expect(systems[39]?.system_id).toBe('sim-0040');
  expect(new Set(systems.map(({ system_id }) => system_id)).size).toBe(40);
  expect(systems.every(({ system_id }) => system_id.startsWith('sim-'))).toBe(true);
});

test('the whole catalogue has exactly its stations, most systems small and a few with thousands', () => {
  const plan = {
    systems: 1520,
    stations: { total: 230_000 },
    versions: ['2.3', '3.0'] as const,
    seed: 'catalogue',
  };
  const sizes = planSystems(plan)
    .map(({ stations }) => stations)
    .sort((left, right) => left - right);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(230_000);
  expect(sizes[0]).toBeGreaterThanOrEqual(1);
  expect(sizes[760]).toBeLessThan(100);
  expect(sizes[1519]).toBeGreaterThan(2000);
});

test('versions take turns', () => {
  const systems = planSystems({ systems: 4, stations: 2, versions: ['1.0', '2.3', '3.0'], seed: 'a' });
  expect(systems.map(({ version }) => version)).toEqual(['1.0', '2.3', '3.0', '1.0']);
});

test('fewer stations than systems cannot be spread', () => {
  const plan = { systems: 3, stations: { total: 2 }, versions: ['2.3'] as const, seed: 'a' };
  expect(() => planSystems(plan)).toThrow('Cannot spread 2 stations over 3 systems');
});
