/** A free-floating stay as in the tables; times in seconds. */
export type TableStay = {
  cell: string;
  form_factor: string | null;
  state: string;
  from: number;
  to: number | null;
  begin_seen: boolean;
  end_seen: boolean | null;
};

export type SlowChange = {
  at: number;
  cell: string;
  form_factor: string | null;
  vehicles: number;
  prev_vehicles: number;
  appeared: number;
  vanished: number;
  moved: number;
  changed_state: number;
};

const STATES = ['available', 'reserved', 'disabled'];

/**
 * What changed per cell and form factor, computed the slow way: at every moment at which a stay of one stretch of
 * records began or ended, all stays are counted again, just before and at it. Written from the rule and not from the
 * view that it checks.
 */
export function slowVehicleChanges(stays: readonly TableStay[], firstAt: number): SlowChange[] {
  const moments = [...new Set(stays.flatMap(({ from, to }) => (to === null ? [from] : [from, to])))];
  const cells = new Map(stays.map((stay) => [`${stay.cell} ${stay.form_factor}`, stay]));
  const changes: SlowChange[] = [];
  for (const { cell, form_factor } of cells.values()) {
    const own = stays.filter((stay) => stay.cell === cell && stay.form_factor === form_factor);
    for (const at of moments) {
      if (at <= firstAt) continue;
      const change = changeOf(own, at);
      if (change.appeared + change.vanished + change.moved + change.changed_state > 0)
        changes.push({ at, cell, form_factor, ...change });
    }
  }
  return changes;
}

function changeOf(stays: readonly TableStay[], at: number) {
  const before = countStates(stays.filter(({ from, to }) => from < at && (to === null || to >= at)));
  const after = countStates(stays.filter(({ from, to }) => from <= at && (to === null || to > at)));
  const came = countStates(stays.filter(({ from, begin_seen }) => from === at && begin_seen));
  const went = countStates(stays.filter(({ to, end_seen }) => to === at && end_seen === true));
  const vehicles = sum(after);
  const prev_vehicles = sum(before);
  const risen = sum(after.map((count, index) => Math.max(0, count - (before[index] ?? 0))));
  const fallen = sum(after.map((count, index) => Math.max(0, (before[index] ?? 0) - count)));
  return {
    vehicles,
    prev_vehicles,
    appeared: Math.max(0, vehicles - prev_vehicles),
    vanished: Math.max(0, prev_vehicles - vehicles),
    moved: sum(came.map((count, index) => Math.min(count, went[index] ?? 0))),
    changed_state: Math.min(risen, fallen),
  };
}

function countStates(stays: readonly TableStay[]): number[] {
  return STATES.map((state) => stays.filter((stay) => stay.state === state).length);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
