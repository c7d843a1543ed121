import type { FieldConfig as BarConfig, Options } from '@grafana/grafana-foundation-sdk/barchart';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { fixedColour } from '../colours.ts';
import { ofField, type PanelText, panelOf } from './panel.ts';

/**
 * Bars side by side. Their labels are texts in the query's column `of`, so the query decides the range, not the time on screen.
 * @param colours colours of the other columns
 * @param spacing width of a label in pixels
 */
export function barChart(
  text: PanelText,
  query: Dataquery,
  {
    of,
    colours,
    max,
    spacing,
  }: { of: string; colours: Record<string, string>; max?: number; spacing: number },
): Panel {
  return panelOf('barchart', text, [query], {
    defaults: {
      min: 0,
      ...(max !== undefined && { max }),
      custom: { lineWidth: 0, fillOpacity: 85 } satisfies BarConfig,
    },
    overrides: [
      // Grafana treats a label that has no room as a missing value, and would show the panel's noValue text for it.
      ofField(of, ['noValue', ' ']),
      ...Object.entries(colours).map(([name, colour]) => ofField(name, ['color', fixedColour(colour)])),
    ],
    options: {
      xField: of,
      orientation: VizOrientation.Vertical,
      xTickLabelRotation: 0,
      xTickLabelMaxLength: 12,
      xTickLabelSpacing: spacing,
      stacking: StackingMode.None,
      showValue: VisibilityMode.Never,
      groupWidth: 0.8,
      barWidth: 0.95,
      fullHighlight: false,
      legend: {
        showLegend: true,
        displayMode: LegendDisplayMode.List,
        placement: LegendPlacement.Bottom,
        calcs: [],
      },
      tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.None },
    } satisfies Options,
  });
}
