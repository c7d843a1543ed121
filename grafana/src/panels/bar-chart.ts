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
 * Bars side by side. What they stand for are texts of the query's column `of`, so their range is the query's own and not the time on screen.
 * @param colours of the other columns
 * @param spacing pixels that a label needs
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
      // A label that is left out for want of room counts as no value, and Grafana would write the panel's text for that.
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
