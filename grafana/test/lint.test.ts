import type { Dashboard, DashboardLink, FieldConfig, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';
import { UIDS } from '../src/links.ts';
import { allOf, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

const all = readDashboards();
const KNOWN_UNITS = new Set(Object.values(units) as string[]);
const BUILT_IN = new Set([
  '__interval',
  '__interval_ms',
  '__rate_interval',
  '__range',
  '__url_time_range',
  '__data',
  '__all',
  '__field',
]);
const MACROS = /^__time(From|To|Filter|Group|GroupAlias)$/;

test('uids and titles are unique, and uids are those that links name', () => {
  const uids = all.map(({ dashboard }) => dashboard.uid);
  expect(uids.toSorted()).toEqual(Object.values(UIDS).toSorted());
  expect(new Set(all.map(({ dashboard }) => dashboard.title)).size).toBe(all.length);
});

describe.each(all)('$file', ({ dashboard }) => {
  test('is of the classic schema 42, refreshes every 30 s and says what it is', () => {
    expect(dashboard).toMatchObject({ schemaVersion: 42, refresh: '30s' });
    expect(dashboard.id).toBeUndefined();
    expect(dashboard.description).toMatch(/\w/);
  });

  test('panels have numbers of their own and lie side by side on 24 columns, none over another', () => {
    const panels = allOf(dashboard);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos ?? { x: -1, y: -1, w: 0, h: 0 };
      expect(x, panel.title).toBeGreaterThanOrEqual(0);
      expect(x + w, panel.title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.get(`${column},${row}`), `under ${panel.title}`).toBeUndefined();
          taken.set(`${column},${row}`, panel.title ?? '');
        }
      }
    }
  });

  test('titles are unique within it', () => {
    const titles = allOf(dashboard).map(({ title }) => title);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  test.each(panelsOf(dashboard).map((panel) => [panel.title, panel] as const))(
    '"%s" has a description, a text for no data, a unit that Grafana knows, and a data source for each query',
    (_, panel) => {
      expect(panel.description).toMatch(/^[A-Z].*[.)]$/s);
      const configs = [panel.fieldConfig?.defaults ?? {}, ...overridesOf(panel)];
      expect(configs[0]?.noValue).toMatch(/\w/);
      expect(configs[0]?.unit).toBeTruthy();
      for (const { unit } of configs)
        if (unit) expect(unit.startsWith('suffix:') || KNOWN_UNITS.has(unit), unit).toBe(true);
      expect(targetsOf(panel).length).toBeGreaterThan(0);
      for (const { datasource } of targetsOf(panel))
        expect(['velolog-postgres', 'velolog-prometheus']).toContain(datasource?.uid);
      const refIds = targetsOf(panel).map(({ refId }) => refId);
      expect(new Set(refIds).size).toBe(refIds.length);
    },
  );

  test('every variable that is named is defined, and every one that is defined is used', () => {
    const defined = (dashboard.templating.list ?? []).map(({ name }) => name);
    const { links, ...rest } = dashboard;
    const used = new Set(
      Array.from(JSON.stringify(rest).matchAll(/\$\{?(\w+)/g), ([, name = '']) => name).filter(
        (name) => !BUILT_IN.has(name) && !MACROS.test(name),
      ),
    );
    expect(Array.from(used).toSorted()).toEqual(defined.toSorted());
  });

  test('links go to dashboards that exist, give variables that these have, and keep the time', () => {
    for (const { url } of dashboard.links ?? []) expect(dashboardOf(url)).toBeDefined();
    for (const link of dashboard.links ?? [])
      expect(link).toMatchObject({ keepTime: true, includeVars: true });
    for (const { url } of panelsOf(dashboard).flatMap(dataLinksOf)) {
      const target = dashboardOf(url);
      expect(target, url).toBeDefined();
      const names = Array.from(url?.matchAll(/var-(\w+)=/g) ?? [], ([, name]) => name);
      const theirs = target?.templating.list?.map(({ name }) => name) ?? [];
      for (const name of names) expect(theirs).toContain(name);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      expect(url).toContain('${__url_time_range}');
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

function overridesOf(panel: Panel): FieldConfig[] {
  return (panel.fieldConfig?.overrides ?? []).map(({ properties }) =>
    Object.fromEntries(properties.map(({ id, value }) => [id, value])),
  );
}

function dataLinksOf(panel: Panel): DashboardLink[] {
  return [panel.fieldConfig?.defaults ?? {}, ...overridesOf(panel)].flatMap(({ links }) => links ?? []);
}

function dashboardOf(url: string | undefined): Dashboard | undefined {
  const uid = /^\/d\/([\w-]+)/.exec(url ?? '')?.[1];
  return all.find(({ dashboard }) => dashboard.uid === uid)?.dashboard;
}
