import { formatCount } from '../../model/format.ts';
import { totalsOf } from '../../model/totals.ts';
import * as state from '../../state/page-state.ts';

const NOT_KNOWN = { ...totalsOf([]), empty: null, full: null, closed: null, unknown: null, stations: null };

/** The whole system in seven numbers. */
export function TotalsStrip() {
  const { bikes, docks, empty, full, closed, unknown, stations } = state.totals.value ?? NOT_KNOWN;
  const inUse = state.inUse.value;
  return (
    <section class="totals" aria-label="Totals of the system">
      <dl>
        <Total name="Bikes" value={formatCount(bikes)} strong />
        <Total name="Free docks" value={formatCount(docks)} strong />
        <Total
          name="In use"
          value={inUse === null ? '–' : `≈ ${formatCount(inUse)}`}
          strong
          hint="Estimated: the most bikes that stood at stations at once in the last day, less those that stand there now. No feed says it."
        />
        <Total name="Empty" value={formatCount(empty)} />
        <Total name="Full" value={formatCount(full)} />
        <Total
          name="Closed"
          value={formatCount(closed)}
          hint="Not renting, or no longer in the feed's list"
        />
        <Total name="Unknown" value={formatCount(unknown)} hint="The feed tells neither bikes nor docks" />
      </dl>
      <p class="visually-hidden">{formatCount(stations)} stations</p>
    </section>
  );
}

type TotalProps = { name: string; value: string; strong?: boolean; hint?: string };

function Total({ name, value, strong = false, hint }: TotalProps) {
  return (
    <div class={strong ? 'total total-strong' : 'total'} title={hint}>
      <dt>{name}</dt>
      <dd data-testid={`total-${name.toLowerCase().replace(' ', '-')}`}>{value}</dd>
    </div>
  );
}
