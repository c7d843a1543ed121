import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PlacedPanel } from './panels/panel.ts';

/** A line of panels side by side, of one height (in units of 38 pixels with their gap). */
export type Line = { height: number; panels: PlacedPanel[] };

/** A titled part of a dashboard; without a title it stands at the top. */
export type Section = { title?: string; lines: Line[] };

const PAGE_WIDTH = 24;

/** Side by side, each [24ths of the page, panel]. */
export function line(height: number, ...panels: [width: number, panel: Panel][]): Line {
  return { height, panels: panels.map(([width, panel]) => ({ width, panel })) };
}

/**
 * Gives every panel its place and its number. Numbers go by order, so that links to a panel (`viewPanel=3`) hold until one is put before it.
 * @throws Error when a line is wider than the page
 */
export function arrange(sections: Section[]): (Panel | RowPanel)[] {
  const arranged: (Panel | RowPanel)[] = [];
  let y = 0;
  let id = 0;
  for (const { title, lines } of sections) {
    if (title !== undefined) {
      const gridPos = { x: 0, y, w: PAGE_WIDTH, h: 1 };
      arranged.push({ type: 'row', id: ++id, title, collapsed: false, gridPos, panels: [] });
      y += 1;
    }
    for (const { height, panels } of lines) {
      let x = 0;
      for (const { panel, width } of panels) {
        if (x + width > PAGE_WIDTH)
          throw new Error(`"${panel.title}" reaches ${x + width} of ${PAGE_WIDTH} columns`);
        arranged.push({ ...panel, id: ++id, gridPos: { x, y, w: width, h: height } });
        x += width;
      }
      y += height;
    }
  }
  return arranged;
}
