import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { type Dataquery, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';

export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'velolog-prometheus' };

/** One line for each series. @param legendFormat as in Grafana: `{{system}}` is the label system */
export function promSeries(expr: string, legendFormat: string): Dataquery {
  return { ...common(expr), legendFormat, range: true, instant: false, format: PromQueryFormat.TimeSeries };
}

/**
 * The lines that come first in an order over the whole time on screen, a question each, so that each can have a colour of its own. A plain
 * topk() would choose anew at each moment.
 * @param by the labels of a line
 * @param order gives each line one number; its selectors end with `@ end()`
 * @param last whether the smallest numbers come first
 */
export function promFirst(
  count: number,
  line: string,
  { by, order, last = false }: { by: string[]; order: string; last?: boolean },
): Dataquery[] {
  const first = (among: number) => `${last ? 'bottomk' : 'topk'}(${among}, ${order})`;
  const labels = by.join(', ');
  return Array.from({ length: count }, (_, before) => {
    const one = before === 0 ? first(1) : `(${first(before + 1)} unless on (${labels}) ${first(before)})`;
    return promSeries(`(${line}) and on (${labels}) ${one}`, by.map((label) => `{{${label}}}`).join(' '));
  });
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
