import { promSeries } from '../questions/prometheus-query.ts';
import { type ChartShape, chart } from './chart.ts';

/** A line chart with data from Prometheus. */
export function prometheusChart(
  [title, description, unit]: [title: string, description: string, unit: string],
  queries: [expr: string, legend: string][],
  shape: ChartShape = {},
) {
  return chart(
    { title, description, noValue: 'No data from Prometheus in this time', unit },
    queries.map(([expr, legend]) => promSeries(expr, legend)),
    { points: true, ...shape },
  );
}
