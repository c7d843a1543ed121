import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PlacedPanel } from './panels/panel.ts';

/** Panels side by side with the same height (in units of 38 pixels, gap included). */
export type Line = { height: number; panels: PlacedPanel[] };

/** A part of a dashboard with a title. Only the part at the top has none. */
export type Section = { title?: string; lines: Line[] };

const PAGE_WIDTH = 24;

/** @param panels pairs of width (in 24ths of the page) and panel */
export function line(height: number, ...panels: [width: number, panel: Panel][]): Line {
  return { height, panels: panels.map(([width, panel]) => ({ width, panel })) };
}

/**
 * Gives every panel its position and id. Ids follow the order, so links to a panel (`viewPanel=3`) stay valid until a panel is inserted before it.
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
