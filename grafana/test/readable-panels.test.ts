import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { BLUE, GREY, PALE_BLUE } from '../src/colours.ts';
import { isSql, overridesOf, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

/** What a reader can take in of each panel: colours, widths, legends, and what stands where nothing is known. */

describe.each(readDashboards())('$file', ({ dashboard }) => {
  test('maps are before the tiles, so that a telephone, which shows one panel below the other, has them at once', () => {
    const inReadingOrder = panelsOf(dashboard).toSorted(
      ({ gridPos: a }, { gridPos: b }) => (a?.y ?? 0) - (b?.y ?? 0) || (a?.x ?? 0) - (b?.x ?? 0),
    );
    const maps = inReadingOrder.filter(({ type }) => type === 'geomap').length;
    expect(inReadingOrder.slice(0, maps).every(({ type }) => type === 'geomap')).toBe(true);
  });

  test('where nothing is known a tile is grey and says so, not in the colour of good or bad', () => {
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      const { color, thresholds, mappings = [] } = fieldConfig?.defaults ?? {};
      if (type !== 'stat') continue;
      // Grafana gives what has no value the colour below all limits.
      if (color?.mode === 'thresholds')
        expect(thresholds?.steps[0], title).toEqual({ value: null, color: GREY });
      if (color?.mode === 'fixed' && mappings.length > 0) expect(color.fixedColor, title).toBe(GREY);
    }
  });

  test('a panel without data does not claim that nothing happened: it may not have been observed', () => {
    for (const { title, fieldConfig } of panelsOf(dashboard)) {
      const noValue = fieldConfig?.defaults.noValue ?? '';
      if (/change was seen|hour in this time range/.test(noValue))
        expect(noValue, title).toMatch(/(not|none was) observed/);
    }
  });

  test('alerts that are critical come first', () => {
    const alerts = panelsOf(dashboard).filter(({ title }) => title?.startsWith('Alerts'));
    for (const { options, title } of alerts)
      expect(options?.sortBy, title).toEqual([{ displayName: 'Severity', desc: false }]);
  });

  test('no table is wider than a screen of 1400 pixels has room for', () => {
    for (const panel of panelsOf(dashboard)) {
      const { title, type, fieldConfig, gridPos } = panel;
      if (type !== 'table') continue;
      const room = ((gridPos?.w ?? 0) / 24) * 1376 - 26;
      const names = targetsOf(panel)
        .filter(isSql)
        .flatMap(({ rawSql }) => Array.from(rawSql.matchAll(/ as "([^"]+)"/g), ([, name = '']) => name));
      const columns = new Map<string, number>(names.map((name) => [name, LEAST_WIDTH]));
      for (const { matcher, properties } of fieldConfig?.overrides ?? []) {
        const width = properties.find(({ id }) => id === 'custom.width')?.value;
        if (width !== undefined) columns.set(`${matcher.options}`, width);
      }
      const width = Array.from(columns.values()).reduce((sum, one) => sum + one, 0);
      expect(width, title).toBeLessThanOrEqual(room);
    }
  });

  test('where a table has no value, bars are grey, not in the colour of a value', () => {
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      if (type !== 'table') continue;
      for (const properties of overridesOf({ fieldConfig } as Panel)) {
        const { thresholds } = properties;
        if (thresholds) expect(thresholds.steps[0], title).toEqual({ value: null, color: GREY });
      }
    }
  });

  test('no word of a table and no tile has a colour that the page shows through', () => {
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      if (type !== 'table' && type !== 'stat') continue;
      expect(JSON.stringify(fieldConfig), title).not.toMatch(/"#[0-9a-fA-F]{8}"/);
    }
  });

  test('a label of an axis that is left out for want of room does not become the text for no data', () => {
    for (const { title, type, fieldConfig, options } of panelsOf(dashboard)) {
      if (type !== 'barchart') continue;
      const labels = fieldConfig?.overrides.find(({ matcher }) => matcher.options === options.xField);
      expect(labels?.properties, title).toContainEqual({ id: 'noValue', value: ' ' });
    }
  });

  test('a strip of numbers with names is high enough for two rows of two-line names, as on a telephone', () => {
    for (const { title, type, fieldConfig, gridPos } of panelsOf(dashboard))
      if (type === 'stat' && (fieldConfig?.overrides.length ?? 0) > 4)
        expect(gridPos?.h, title).toBeGreaterThanOrEqual(5);
  });

  test('a limit that a chart draws is on screen', () => {
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      if (type !== 'timeseries') continue;
      const { thresholds, custom } = fieldConfig?.defaults ?? {};
      for (const { value } of thresholds?.steps ?? [])
        if (value !== null) expect(custom.axisSoftMax, title).toBeGreaterThan(value);
    }
  });

  test('the uppermost of a stack is what went well: the line of "failed" at 0 on top of it would look like as much', () => {
    for (const panel of panelsOf(dashboard)) {
      const { custom } = panel.fieldConfig?.defaults ?? {};
      const colours = (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) =>
        matcher.id === 'byName'
          ? properties.map(({ value }) => [`${matcher.options}`, value?.fixedColor] as const)
          : [],
      );
      if (!custom?.stacking || custom.drawStyle !== 'line' || colours.length === 0) continue;
      expect([BLUE, PALE_BLUE], panel.title).toContain(
        new Map<string, unknown>(colours).get(uppermostOf(panel, colours) ?? ''),
      );
    }
  });

  test('a duration is said to the second or with a decimal: nine lines of "2 days" tell nothing apart', () => {
    for (const panel of panelsOf(dashboard)) {
      const configs = (panel.fieldConfig?.overrides ?? [])
        // A ttl is a whole number of seconds or minutes as it was declared.
        .filter(({ matcher }) => matcher.options !== 'ttl')
        .map(({ properties }) => Object.fromEntries(properties.map(({ id, value }) => [id, value])));
      for (const { unit, decimals } of [panel.fieldConfig?.defaults ?? {}, ...configs])
        if (unit === 's') expect(decimals ?? 1, panel.title).not.toBe(0);
    }
  });

  test('bars of states have a legend in place of names that short bars cut', () => {
    for (const { title, type, options } of panelsOf(dashboard)) {
      if (type !== 'state-timeline') continue;
      expect(options, title).toMatchObject({ showValue: 'never', legend: { showLegend: true } });
    }
  });

  test('maps have ground without internet, and no legend of bare limits', () => {
    for (const { title, type, options } of panelsOf(dashboard)) {
      if (type !== 'geomap') continue;
      expect(options.basemap, title).toMatchObject({
        type: 'geojson',
        config: { src: 'public/maps/velolog-ground.geojson' },
      });
      for (const { config } of options.layers) expect(config.showLegend ?? false, title).toBe(false);
      // To fit the view to all layers would show the world.
      if (options.view.id === 'fit')
        expect(options.layers.map(({ name }: { name: string }) => name)).toContain(options.view.layer);
    }
  });

  test('a number on a colour can be read, in the black or white that Grafana chooses for it', () => {
    for (const { title, options, fieldConfig } of panelsOf(dashboard)) {
      if (!`${options?.colorMode}`.startsWith('background')) continue;
      for (const [colour] of JSON.stringify(fieldConfig).matchAll(/#[0-9A-F]{6}(?=")/gi))
        expect(contrastOnIt(colour), `${title} ${colour}`).toBeGreaterThanOrEqual(3);
    }
  });

  test('no colour is red or green, which the colour-blind confuse', () => {
    for (const [, name = ''] of JSON.stringify(dashboard.panels).matchAll(
      /"(?:color|fixedColor|fixed)":"([^"]+)"/g,
    )) {
      expect(name).not.toMatch(/red|green/i);
    }
    // What a panel does not say, Grafana takes from its palette or scale of green, yellow and red.
    for (const { title, type, fieldConfig } of panelsOf(dashboard)) {
      if (['timeseries', 'state-timeline', 'stat'].includes(type))
        expect(fieldConfig?.defaults.color?.mode, title).toMatch(/^(fixed|shades|thresholds)$/);
    }
  });
});

/** Grafana stacks the columns of a query, or Prometheus' series in order of their labels, and query on query. */
function uppermostOf(panel: Panel, colours: (readonly [string, unknown])[]): string | undefined {
  const target = targetsOf(panel).at(-1);
  if (target && isSql(target))
    return Array.from(target.rawSql.matchAll(/ as "([^"]+)"/g), ([, name]) => name).at(-1);
  return target?.legendFormat?.includes('{{')
    ? colours
        .map(([name]) => name)
        .toSorted()
        .at(-1)
    : target?.legendFormat;
}

/** WCAG's contrast of a colour with the text on it: Grafana 12 writes in black from a brightness of 180 on. 3 is the least for large text. */
function contrastOnIt(colour: string): number {
  const bytes = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const mix = (weights: number[], of: (byte: number) => number) =>
    bytes.reduce((sum, byte, index) => sum + (weights[index] ?? 0) * of(byte), 0);
  const linear = (byte: number) => (byte <= 10 ? byte / 3295 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const brightness = mix([0.299, 0.587, 0.114], (byte) => byte);
  const luminance = mix([0.2126, 0.7152, 0.0722], linear);
  const text = brightness > 180 ? 0.016 : 0.938;
  return (Math.max(luminance, text) + 0.05) / (Math.min(luminance, text) + 0.05);
}

/** What Grafana gives a column of no width of its own. */
const LEAST_WIDTH = 150;
