import type { System } from '../../src/api/system.ts';

type Choice = Pick<
  System,
  'system_id' | 'stations' | 'vehicles' | 'is_archive' | 'overdue' | 'last_observed_at'
>;

/**
 * What the page opens without being told: the first system that has something to show now, else one that had, else an archive, and
 * one without stations and vehicles only when there is no other.
 */
export function firstToShow<One extends Choice>(systems: readonly One[]): One | undefined {
  return systems.toSorted((left, right) => rank(left) - rank(right))[0];
}

function rank({ stations, vehicles, is_archive, overdue, last_observed_at }: Choice): number {
  if ((stations === 0 && !vehicles?.length) || last_observed_at === null) return 3;
  if (is_archive) return 2;
  return overdue === false ? 0 : 1;
}
