import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { barChart } from './bar-chart.ts';
import type { PanelText } from './panel.ts';

/**
 * Shares by day, as bars side by side. The query's column "Day" has the days as text.
 * @param colours colours of the other columns
 */
export function dayChart(text: PanelText, query: Dataquery, colours: Record<string, string>): Panel {
  return barChart(text, query, { of: 'Day', colours, max: 1, spacing: 100 });
}
