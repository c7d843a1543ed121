import type { Gauge } from 'prom-client';

/** Takes away the 0 with which a gauge without labels begins: absent is no series, never 0. */
export function unset<Labels extends string>(gauge: Gauge<Labels>): Gauge<Labels> {
  gauge.remove();
  return gauge;
}
