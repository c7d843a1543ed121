import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TimelineValueAlignment,
  TooltipDisplayMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel, ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import type { FieldConfig, Options } from '@grafana/grafana-foundation-sdk/statetimeline';
import { fixedColour, MIDDLE } from '../colours.ts';
import { type PanelText, panelOf } from './panel.ts';

/**
 * Bars of states over time, with a legend because names are cut in short bars. A state holds until the next row of its line, and the last one
 * until the end of the screen, so the query must also return rows for unknown times.
 * @param label text column with the names of the lines. Each value becomes a line of its own, so that a line needs no values at the times of
 * other lines. Null for a single line
 */
export function timeline(text: PanelText, query: Dataquery, label: string | null, mapping: ValueMap): Panel {
  return panelOf('state-timeline', text, [query], {
    defaults: {
      ...(label !== null && { displayName: `\${__field.labels.${label}}` }),
      // Grafana's default is a scale from green to red.
      color: fixedColour(MIDDLE),
      mappings: [mapping],
      custom: { fillOpacity: 85, lineWidth: 0, spanNulls: false } satisfies FieldConfig,
    },
    options: {
      mergeValues: true,
      alignValue: TimelineValueAlignment.Left,
      rowHeight: 0.85,
      showValue: VisibilityMode.Never,
      legend: {
        showLegend: true,
        displayMode: LegendDisplayMode.List,
        placement: LegendPlacement.Bottom,
        calcs: [],
      },
      tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
    } satisfies Options,
    ...(label !== null && {
      transformations: [
        {
          id: 'partitionByValues',
          options: { fields: [label], keepFields: false, naming: { asLabels: true } },
        },
      ],
    }),
  });
}
