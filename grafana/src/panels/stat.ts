import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueJustifyMode,
  BigValueTextMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { FieldConfig, Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, BY_THRESHOLDS, fixedColour, GREY, greyUntilKnown, MIDDLE, thresholds } from '../colours.ts';
import { bigNumber } from './big-number.ts';
import { ofQuery, type PanelText, panelOf } from './panel.ts';

/**
 * One large number, or a few.
 * @param isText show a word, coloured by its mapping
 * @param named also show the names of the numbers
 * @param limits colours by value; without them the colour does not say good or bad. A missing value is grey, because unknown is not good
 * @param alarming a second question, whose number is bad however small it is
 */
export function stat(
  text: PanelText,
  query: Dataquery,
  {
    limits,
    defaults,
    isText = false,
    named = false,
    alarming,
  }: {
    limits?: ThresholdsConfig;
    defaults?: FieldConfig;
    isText?: boolean;
    named?: boolean;
    alarming?: Dataquery;
  } = {},
): Panel {
  return panelOf('stat', text, alarming ? [query, alarming] : [query], {
    ...(alarming && { overrides: [ofQuery(1, ['color', fixedColour(BAD)])] }),
    defaults: {
      color: limits ? BY_THRESHOLDS : fixedColour(isText ? GREY : MIDDLE),
      thresholds: limits ? greyUntilKnown(limits) : thresholds(MIDDLE),
      ...defaults,
    },
    options: bigNumber({
      fields: isText ? '/.*/' : '',
      // A pale word would be hard to see on a light page.
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
