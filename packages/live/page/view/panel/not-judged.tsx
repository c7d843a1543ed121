import { NOT_JUDGED } from '../../model/not-judged.ts';
import { notJudgedBecause } from '../../state/keep-issues.ts';
import * as state from '../../state/page-state.ts';

/** Where nobody judged the data, no mark must not read as "nothing is wrong". */
export function NotJudged({ class: name }: { class?: string }) {
  const because = notJudgedBecause.value;
  if (because === null || state.replaying.value) return null;
  return (
    <p class={name} data-testid="not-judged">
      {NOT_JUDGED[because]}
    </p>
  );
}
