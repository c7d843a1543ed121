import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import type { FieldConfig, Options } from '@grafana/grafana-foundation-sdk/statushistory';
import { BY_THRESHOLDS, greyUntilKnown } from '../colours.ts';
import { type PanelText, panelOf } from './panel.ts';

/**
 * A square for each time and line, coloured by its value: a heat map whose lines have names. A missing value has no square.
 * @param label text column with the names of the lines
 */
export function statusHistory(
  text: PanelText,
  query: Dataquery,
  label: string,
  limits: ThresholdsConfig,
): Panel {
  return panelOf('status-history', text, [query], {
    defaults: {
      displayName: `\${__field.labels.${label}}`,
      color: BY_THRESHOLDS,
      thresholds: greyUntilKnown(limits),
      custom: { fillOpacity: 90, lineWidth: 0 } satisfies FieldConfig,
    },
    options: {
      rowHeight: 0.9,
      colWidth: 0.95,
      showValue: VisibilityMode.Never,
      legend: {
        showLegend: false,
        displayMode: LegendDisplayMode.List,
        placement: LegendPlacement.Bottom,
        calcs: [],
      },
      tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
    } satisfies Options,
    transformations: [
      {
        id: 'partitionByValues',
        options: { fields: [label], keepFields: false, naming: { asLabels: true } },
      },
    ],
  });
}
