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

/** A phone shows nine numbers in two rows, and breaks a name of two words into two lines; a lower strip would cut them off. */
export const LEGEND_HEIGHT = 5;

/**
 * A legend for the colours of a map with the number of points of each: one number per column, in its colour.
 * @param colours colours of all columns of the query
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
