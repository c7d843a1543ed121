import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { GROUND_FILE } from '../src/maps/ground.ts';
import { PROMETHEUS } from '../src/questions/prometheus-query.ts';
import { POSTGRES } from '../src/questions/sql-query.ts';

const grafana = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, grafana), 'utf8');
const sources = read('provisioning/datasources/velolog.yaml');
const folders = read('provisioning/dashboards/velolog.yaml');

/** The variables that Grafana must be given. */
const environment = new Set(
  Array.from(
    `${sources}${folders}`.replace(/^\s*#.*$/gm, '').matchAll(/\$\{(\w+)\}/g),
    ([, name = '']) => name,
  ),
);

test('the data sources are those that the panels name, PostgreSQL as the reader and with few connections', () => {
  const { datasources } = parse(sources);
  expect(datasources.map(({ type, uid }: { type: string; uid: string }) => ({ type, uid }))).toEqual([
    POSTGRES,
    PROMETHEUS,
  ]);
  expect(datasources[0]).toMatchObject({ user: 'velolog_grafana', editable: false });
  expect(datasources[0].jsonData.maxOpenConns).toBeLessThanOrEqual(10);
  expect(datasources[0].jsonData.maxOpenConns).toBeGreaterThan(0);
});

test('nothing in Grafana can be changed that a restart would undo', () => {
  expect(parse(folders).providers[0]).toMatchObject({
    allowUiUpdates: false,
    folder: 'Velolog',
    type: 'file',
  });
});

test('grafana/README.md names every variable that Grafana must be given', () => {
  for (const name of environment) expect(read('README.md')).toContain(`\`${name}\``);
});

test('docker-compose.yml gives Grafana every one of them', () => {
  const service = parse(read('../docker-compose.yml'), { merge: true }).services.grafana;
  const given = Array.isArray(service.environment)
    ? service.environment.map((line: string) => line.split('=')[0])
    : Object.keys(service.environment);
  for (const name of environment) expect(given).toContain(name);
});

test('docker-compose.yml puts the land and water of the maps where Grafana serves them from', () => {
  const { grafana, live } = parse(read('../docker-compose.yml'), { merge: true }).services;
  expect(grafana.volumes).toContain(`./grafana/${GROUND_FILE}:/usr/share/grafana/public/${GROUND_FILE}:ro`);
  // What the link to the page names.
  expect(live.environment.LIVE_URL).toContain('VELOLOG_PAGE_PORT');
});
