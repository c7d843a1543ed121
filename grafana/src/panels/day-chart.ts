import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { barChart } from './bar-chart.ts';
import type { PanelText } from './panel.ts';

/**
 * Bars for days, side by side, of shares. The days are texts of the query's column "Day".
 * @param colours of the other columns
 */
export function dayChart(text: PanelText, query: Dataquery, colours: Record<string, string>): Panel {
  return barChart(text, query, { of: 'Day', colours, max: 1, spacing: 100 });
}
