import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { type Dataquery, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';

export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'velolog-prometheus' };

/** One line for each series. @param legendFormat as in Grafana: `{{system}}` is the label system */
export function promSeries(expr: string, legendFormat: string): Dataquery {
  return { ...common(expr), legendFormat, range: true, instant: false, format: PromQueryFormat.TimeSeries };
}

/** Only the current values, for single numbers. */
export function promNow(expr: string, legendFormat: string): Dataquery {
  return { ...common(expr), legendFormat, range: false, instant: true, format: PromQueryFormat.TimeSeries };
}

/** The labels of the current series, one row each. */
export function promTable(expr: string): Dataquery {
  return { ...common(expr), legendFormat: '', range: false, instant: true, format: PromQueryFormat.Table };
}

/** The quantile `of` (0 to 1) of a histogram. */
export function quantile(of: number, histogram: string): string {
  return `histogram_quantile(${of}, sum by (le) (rate(${histogram}_bucket[$__rate_interval])))`;
}

function common(expr: string) {
  return {
    refId: 'A',
    datasource: PROMETHEUS,
    expr,
    editorMode: QueryEditorMode.Code,
    _implementsDataqueryVariant() {},
  };
}
