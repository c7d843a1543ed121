import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueJustifyMode,
  BigValueTextMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { FieldConfig, Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { BY_THRESHOLDS, fixedColour, GREY, greyUntilKnown, MIDDLE, thresholds } from '../colours.ts';
import { bigNumber } from './big-number.ts';
import { type PanelText, panelOf } from './panel.ts';

/**
 * One number, large, or a few.
 * @param isText a word, whose mapping gives it a colour
 * @param named the names of the numbers as well
 * @param limits its colours by value; without them it says nothing about good or bad. Where there is no value it is grey: unknown is not good
 */
export function stat(
  text: PanelText,
  query: Dataquery,
  {
    limits,
    defaults,
    isText = false,
    named = false,
  }: { limits?: ThresholdsConfig; defaults?: FieldConfig; isText?: boolean; named?: boolean } = {},
): Panel {
  return panelOf('stat', text, [query], {
    defaults: {
      color: limits ? BY_THRESHOLDS : fixedColour(isText ? GREY : MIDDLE),
      thresholds: limits ? greyUntilKnown(limits) : thresholds(MIDDLE),
      ...defaults,
    },
    options: bigNumber({
      fields: isText ? '/.*/' : '',
      // A pale word would be lost on a light page.
      colorMode: isText
        ? BigValueColorMode.BackgroundSolid
        : limits
          ? BigValueColorMode.Value
          : BigValueColorMode.None,
      justifyMode: BigValueJustifyMode.Auto,
      textMode: named ? BigValueTextMode.ValueAndName : BigValueTextMode.Value,
      wideLayout: true,
    }),
  });
}
