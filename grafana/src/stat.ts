import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  PercentChangeColorMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { FieldConfig, Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Options } from '@grafana/grafana-foundation-sdk/stat';
import { BY_THRESHOLDS, fixedColour, MIDDLE, thresholds } from './colours.ts';
import { type PanelText, panelOf } from './panel.ts';

/**
 * One number, large.
 * @param field the column shown: all text when a mapping says so, else numbers only
 * @param limits its colours by value; without them it says nothing about good or bad
 */
export function stat(
  text: PanelText,
  query: Dataquery,
  {
    limits,
    defaults,
    isText = false,
  }: { limits?: ThresholdsConfig; defaults?: FieldConfig; isText?: boolean } = {},
): Panel {
  return panelOf('stat', text, [query], {
    defaults: {
      color: limits ? BY_THRESHOLDS : fixedColour(MIDDLE),
      thresholds: limits ?? thresholds(MIDDLE),
      ...defaults,
    },
    options: {
      // An empty pattern means "numeric columns".
      reduceOptions: { values: false, calcs: ['lastNotNull'], fields: isText ? '/.*/' : '' },
      // A pale word would be lost on a light page.
      colorMode: isText
        ? BigValueColorMode.BackgroundSolid
        : limits
          ? BigValueColorMode.Value
          : BigValueColorMode.None,
      graphMode: BigValueGraphMode.None,
      justifyMode: BigValueJustifyMode.Auto,
      textMode: BigValueTextMode.Value,
      orientation: VizOrientation.Auto,
      percentChangeColorMode: PercentChangeColorMode.Standard,
      showPercentChange: false,
      wideLayout: true,
    } satisfies Options,
  });
}
