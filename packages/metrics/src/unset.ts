import type { Gauge } from 'prom-client';

/** Removes the 0 that a gauge without labels starts with: an unknown value must have no series, not the value 0. */
export function unset<Labels extends string>(gauge: Gauge<Labels>): Gauge<Labels> {
  gauge.remove();
  return gauge;
}
