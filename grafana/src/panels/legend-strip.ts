import {
  BigValueColorMode,
  BigValueJustifyMode,
  BigValueTextMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { fixedColour, GREY } from '../colours.ts';
import type { SqlQuery } from '../questions/sql-query.ts';
import { bigNumber } from './big-number.ts';
import { ofField, type PanelText, panelOf } from './panel.ts';

/** A telephone puts nine numbers into two rows, and a name of two words into two lines; with less height it cuts them. */
export const LEGEND_HEIGHT = 5;

/**
 * What the colours of a map mean, and how many points have each: a number per column, in its colour.
 * @param colours of the query's columns, all of them
 */
export function legendStrip(text: PanelText, query: SqlQuery, colours: Record<string, string>): Panel {
  return panelOf('stat', text, [query], {
    defaults: { color: fixedColour(GREY) },
    overrides: Object.entries(colours).map(([name, colour]) => ofField(name, ['color', fixedColour(colour)])),
    options: bigNumber({
      fields: '',
      colorMode: BigValueColorMode.BackgroundSolid,
      justifyMode: BigValueJustifyMode.Center,
      textMode: BigValueTextMode.ValueAndName,
      wideLayout: false,
      text: { titleSize: 12, valueSize: 18 },
    }),
  });
}
