import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Options } from '@grafana/grafana-foundation-sdk/table';
import { BY_THRESHOLDS, greyUntilKnown, thresholds } from '../colours.ts';
import type { DataLink } from '../links.ts';
import { type Override, ofField, ofType, type PanelText, panelOf } from './panel.ts';

export type Column = {
  unit?: string;
  decimals?: number;
  width?: number;
  /** Grafana's own is 150 pixels. */
  minWidth?: number;
  /** A bar behind the number, of this colour, from 0 to `max` or the largest value. */
  bar?: string;
  max?: number;
  /** Needed for links, but not shown. */
  hidden?: boolean;
  links?: DataLink[];
  mappings?: object[];
  /** The text gets the mapping's colour. */
  coloured?: boolean;
  /** Wraps long text instead of cutting it. Has no effect on links: Grafana cuts them anyway. */
  wrapped?: boolean;
};

/**
 * A table, in the order of the query.
 * @param columns options of columns by name; other columns are shown as they are
 */
export function table(text: PanelText, query: Dataquery, columns: Record<string, Column>): Panel {
  return panelOf('table', text, [query], {
    defaults: { custom: { align: 'auto', inspect: false } },
    overrides: columnsOf(columns),
    options: { showHeader: true, cellHeight: TableCellHeight.Sm, frameIndex: 0 } satisfies Options,
  });
}

/** Turns options of columns into overrides of a table. */
export const columnsOf = (columns: Record<string, Column>): Override[] => [
  // The panel's noValue is meant for a table without rows; it would otherwise appear in every empty cell.
  ...['number', 'string', 'time', 'boolean'].map((type) => ofType(type, ['noValue', '–'])),
  ...Object.entries(columns).map(([name, column]) => overrideOf(name, column)),
];

function overrideOf(name: string, column: Column): Override {
  const { unit, decimals, width, minWidth, bar, max, hidden, links, mappings, coloured, wrapped } = column;
  const properties: [string, unknown][] = [];
  if (unit) properties.push(['unit', unit]);
  if (decimals !== undefined) properties.push(['decimals', decimals]);
  if (width) properties.push(['custom.width', width]);
  if (minWidth) properties.push(['custom.minWidth', minWidth]);
  if (hidden) properties.push(['custom.hidden', true]);
  if (links) properties.push(['links', links]);
  if (mappings) properties.push(['mappings', mappings]);
  if (coloured) properties.push(['custom.cellOptions', { type: 'color-text' }]);
  if (wrapped) properties.push(['custom.cellOptions', { type: 'auto', wrapText: true }]);
  if (bar) {
    properties.push(
      ['custom.cellOptions', { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' }],
      ['color', BY_THRESHOLDS],
      ['thresholds', greyUntilKnown(thresholds(bar))],
      ['min', 0],
    );
    if (max !== undefined) properties.push(['max', max]);
  }
  return ofField(name, ...properties);
}
