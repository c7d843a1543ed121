import type { Counter, Gauge, LabelValues } from 'prom-client';

export type Series<Label extends string> = { labels: LabelValues<Label>; value: number };

/**
 * From now on the series of the metric are what `read` gives when Prometheus asks, and nothing is kept in between: prom-client keeps some 200 bytes
 * for each series, which is more than all else that a worker knows of a feed.
 */
export function readAtScrape<Label extends string>(
  metric: Gauge<Label> | Counter<Label>,
  read: () => Iterable<Series<Label>>,
): void {
  const { get } = metric;
  metric.get = async () => ({ ...(await get.call(metric)), values: [...read()] });
}
