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
import { fixedColour, MIDDLE } from './colours.ts';
import { type PanelText, panelOf } from './panel.ts';

/**
 * Bars of states over time. A state holds until the next row of its line, so a query must also say where nothing is known.
 * @param label of a time series: the text column whose values name the lines, their states being numbers. null: rows of
 * a table, with a line for each text column; a second column of times is where the state ends
 */
export function timeline(text: PanelText, query: Dataquery, label: string | null, mapping: ValueMap): Panel {
  return panelOf('state-timeline', text, [query], {
    defaults: {
      ...(label !== null && { displayName: `\${__field.labels.${label}}` }),
      // Its own default is a scale from green to red.
      color: fixedColour(MIDDLE),
      mappings: [mapping],
      // A row of one line is a null in all others: those go on as they were.
      custom: { fillOpacity: 85, lineWidth: 0, spanNulls: label !== null } satisfies FieldConfig,
    },
    options: {
      mergeValues: true,
      alignValue: TimelineValueAlignment.Left,
      rowHeight: 0.85,
      // The names of the states stand in the bars. A legend would have one more, for the nulls between rows.
      showValue: VisibilityMode.Auto,
      legend: {
        showLegend: false,
        displayMode: LegendDisplayMode.List,
        placement: LegendPlacement.Bottom,
        calcs: [],
      },
      tooltip: { mode: TooltipDisplayMode.Single, sort: SortOrder.None },
    } satisfies Options,
  });
}
