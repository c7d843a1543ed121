import { expect, test } from 'vitest';
import { firstToShow } from './first-system.ts';

const system = (system_id: string, given: Partial<Parameters<typeof firstToShow>[0][number]> = {}) => ({
  system_id,
  stations: 10,
  vehicles: null,
  is_archive: false,
  overdue: false,
  last_observed_at: '2026-06-15T12:00:00.000Z',
  ...given,
});
const SCOOTERS = { form_factor: 'scooter', available: 3, reserved: 0, disabled: 0, docked: 0 };
const never = system('a', { stations: 0, last_observed_at: null, overdue: true });
const archive = system('b', { is_archive: true });
const overdue = system('c', { overdue: true });

test.each([
  [[never, archive, overdue, system('d'), system('e')], 'd'],
  [[never, archive, overdue], 'c'],
  [[never, archive], 'b'],
  [[never], 'a'],
  [[never, archive, system('free', { stations: 0, vehicles: [SCOOTERS] })], 'free'],
  [[], undefined],
])('of %j the page opens %s', (systems, opened) => {
  expect(firstToShow(systems)?.system_id).toBe(opened);
});
