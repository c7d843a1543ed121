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
 * Bars of states over time, with a legend: names in the bars are cut where these are short. A state holds until the next row of its line, and the last
 * one to the end of the screen, so a query must also say where nothing is known.
 * @param label the text column whose values name the lines: the rows of each become a line of their own, so that no line has to say what it
 * was at the times of others. null: one line
 */
export function timeline(text: PanelText, query: Dataquery, label: string | null, mapping: ValueMap): Panel {
  return panelOf('state-timeline', text, [query], {
    defaults: {
      ...(label !== null && { displayName: `\${__field.labels.${label}}` }),
      // Its own default is a scale from green to red.
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
