import type { Dashboard, DashboardLink, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';
import { UIDS } from '../src/links.ts';
import { allOf, isSql, overridesOf, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';

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
    const used = new Set(
      Array.from(JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g), ([, name = '']) => name).filter(
        (name) => !BUILT_IN.has(name) && !MACROS.test(name),
      ),
    );
    expect(Array.from(used).toSorted()).toEqual(defined.toSorted());
  });

  test('links go to dashboards that exist, give variables that these have, and keep the time', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
    const toDashboards = (dashboard.links ?? []).filter(({ url }) => url !== '${page}');
    expect(toDashboards).toHaveLength(all.length - 1);
    for (const link of toDashboards) {
      const target = dashboardOf(link.url);
      expect(target, link.url).toBeDefined();
      expect(link.keepTime).toBe(true);
      // "All systems" is an error where one is asked for; every other choice goes along.
      const all = takesMany(dashboard) && !takesMany(target) && hasSystem(target);
      expect(link.includeVars, `variables to ${target?.title}`).toBe(!all);
    }
    for (const { url, targets } of panelsOf(dashboard).flatMap(dataLinksOf)) {
      expect(targets, url).not.toContain(undefined);
      expect(targets.length, url).toBeGreaterThan(0);
      const names = Array.from(url?.matchAll(/var-(\w+)=/g) ?? [], ([, name]) => name);
      const theirs = targets.flatMap((target) => target?.templating.list?.map(({ name }) => name) ?? []);
      for (const name of names) expect(theirs).toContain(name);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax
      expect(url).toContain('${__url_time_range}');
    }
  });

  test('a link leads to the live page, wherever it is', () => {
    const { links, templating } = dashboard;
    expect(links?.at(-1)).toMatchObject({ title: 'Live page', targetBlank: true });
    expect(templating.list?.find(({ name }) => name === 'page')).toMatchObject({
      hide: 2,
      datasource: { uid: 'velolog-prometheus' },
      definition: 'label_values(velolog_page_info, url)',
    });
  });
});

const hasSystem = (dashboard?: Dashboard) =>
  dashboard?.templating.list?.some(({ name }) => name === 'system') ?? false;
const takesMany = (dashboard?: Dashboard) =>
  dashboard?.templating.list?.some(({ name, multi }) => name === 'system' && multi === true) ?? false;

/** The links of a panel with the dashboards that they lead to: one, or those whose uids its query gives in a column. */
function dataLinksOf(panel: Panel): { url: string | undefined; targets: (Dashboard | undefined)[] }[] {
  const links: DashboardLink[] = [panel.fieldConfig?.defaults ?? {}, ...overridesOf(panel)].flatMap(
    ({ links }) => links ?? [],
  );
  const inQuery = targetsOf(panel)
    .filter(isSql)
    .flatMap(({ rawSql }) =>
      Array.from(rawSql.matchAll(/'(velolog-\w+)'/g), ([, uid]) => dashboardOf(`/d/${uid}`)),
    );
  return links.map(({ url }) => ({
    url,
    targets: url?.startsWith('/d/${__data.fields.') ? inQuery : [dashboardOf(url)],
  }));
}

function dashboardOf(url: string | undefined): Dashboard | undefined {
  const uid = /^\/d\/([\w-]+)/.exec(url ?? '')?.[1];
  return all.find(({ dashboard }) => dashboard.uid === uid)?.dashboard;
}
