import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { isProm, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

/** The colours that a panel's overrides give, and to what. */
const coloursOf = ({ fieldConfig }: Panel) =>
  (fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) =>
    properties.filter(({ id }) => id === 'color').map(({ value }) => ({ matcher, value })),
  );

describe.each(readDashboards())('$file', ({ dashboard }) => {
  const charts = panelsOf(dashboard).filter(
    ({ type, options }) => type === 'timeseries' && options?.legend.showLegend,
  );

  test('lines that are named by labels have colours of their own: shades of one colour look alike', () => {
    for (const panel of charts) {
      const colours = coloursOf(panel);
      for (const target of targetsOf(panel).filter(isProm)) {
        if (!target.legendFormat?.includes('{{')) continue;
        const isColoured = colours.some(({ matcher: { id, options } }) =>
          id === 'byFrameRefID' ? options === target.refId : id === 'byName' || id === 'byRegexp',
        );
        expect(isColoured, `${panel.title} ${target.refId}`).toBe(true);
      }
    }
  });

  test('no two lines that have a question each have one colour', () => {
    for (const panel of charts) {
      const given = coloursOf(panel)
        .filter(({ matcher }) => matcher.id === 'byFrameRefID')
        .map(({ value }) => JSON.stringify(value));
      expect(new Set(given).size, panel.title).toBe(given.length);
    }
  });
});
