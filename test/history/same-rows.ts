import { expect } from 'vitest';
import type { TestStore } from '../workers/test-store.ts';

/** Expects two selects with the same parameters to return the same rows, equally often. @returns how many */
export async function expectSameRows(
  store: TestStore,
  { view, given, values = [] }: { view: string; given: string; values?: unknown[] },
): Promise<number> {
  const [row] = await store.ask(
    `with expected as (${view}), given as (${given}),
       different as (
         (select 'missing' as problem, * from (select * from expected except all select * from given) as missing)
         union all
         (select 'too many' as problem, * from (select * from given except all select * from expected) as extra)
       )
     select (select count(*)::int from expected) as rows, (select json_agg(different) from different) as different`,
    values,
  );
  expect(row?.different, `${given} with ${JSON.stringify(values)}`).toBeNull();
  return row?.rows as number;
}
