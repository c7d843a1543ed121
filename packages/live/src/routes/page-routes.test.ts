import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OpenAPIHono } from '@hono/zod-openapi';
import { readSettings } from '@velolog/worker/settings';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTiles, type Tiles, tileBasemap } from '../../page/map/ground/tile-basemap.ts';
import { PALETTES } from '../../page/model/palette.ts';
import { type PageConfig, pageConfig } from '../api/page-config.ts';
import { liveSettings, pageConfigOf } from '../config.ts';
import { addPageRoutes, contentSecurityPolicy } from './page-routes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'velolog-page-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function appOn(path: string, config: PageConfig = { tiles_url: null, tiles_attribution: '' }): OpenAPIHono {
  const app = new OpenAPIHono();
  addPageRoutes(app, pathToFileURL(`${path}/`), config);
  return app;
}

test('says how to build the page while there is none', async () => {
  const answer = await appOn(folder).request('/');
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('npm run build');
});

test('serves the page for revalidation and its assets for permanent caching, and nothing else', async () => {
  const built = join(folder, 'dist');
  mkdirSync(join(built, 'assets'), { recursive: true });
  writeFileSync(join(built, 'index.html'), '<!doctype html>');
  writeFileSync(join(built, 'assets/page-ABC123.js'), 'let x');
  writeFileSync(join(folder, 'secret.txt'), 'no');
  const app = appOn(built);
  const page = await app.request('/');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self'; style-src 'self'/);
  const asset = await app.request('/assets/page-ABC123.js');
  expect([asset.status, asset.headers.get('content-type'), await asset.text()]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'let x',
  ]);
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  for (const path of [
    '/assets/none.js',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e%2fsecret.txt',
    '/assets/',
    '/secret.txt',
  ]) {
    expect((await app.request(path)).status, path).toBe(404);
  }
});

test.each([
  ['gzip, deflate, br', 'br'],
  ['br;q=0, gzip', 'gzip'],
  ['gzip;q=0, br;q=0', null],
  ['*;q=0', null],
  ['*', 'br'],
  ['identity', null],
  ['', null],
])('to a client that accepts %j the page is sent as %s', async (accepted, encoding) => {
  const built = join(folder, 'compressed');
  mkdirSync(built, { recursive: true });
  for (const ending of ['', '.br', '.gz']) writeFileSync(join(built, `index.html${ending}`), ending);
  const answer = await appOn(built).request('/', { headers: { 'accept-encoding': accepted } });
  expect(answer.headers.get('content-encoding')).toBe(encoding);
});

const settingsWith = (tiles: string) =>
  readSettings(liveSettings, {
    READER_DATABASE_URL: 'postgres://reader@127.0.0.1/velolog',
    LIVE_TILES_URL: tiles,
    LIVE_TILES_ATTRIBUTION: '© Tiles',
  });

test('the setting of tiles reaches the map, and the policy lets in their host and no other', async () => {
  const tiles = 'https://tiles.example.org:8443/{z}/{x}/{y}.png?key=1';
  const built = join(folder, 'tiles');
  mkdirSync(built);
  writeFileSync(join(built, 'index.html'), '<!doctype html>');
  const app = appOn(built, pageConfigOf(settingsWith(tiles)));
  const policy = (await app.request('/')).headers.get('content-security-policy') ?? '';
  expect(policy).toContain(
    "img-src 'self' data: blob: https://tiles.example.org:8443; connect-src 'self' https://tiles.example.org:8443;",
  );
  expect(new Set(policy.match(/https?:[^ ;]*/g))).toEqual(new Set(['https://tiles.example.org:8443']));
  const opened = await openTiles(pageConfig.parse(await (await app.request('/config.json')).json()));
  expect(tileBasemap(opened as Tiles, PALETTES.light).sources).toEqual({
    tiles: { type: 'raster', tiles: [tiles], tileSize: 256, attribution: '© Tiles' },
  });
});

test('without the setting no other host is let in, and the map is the one that comes along', async () => {
  const config = pageConfigOf(settingsWith(''));
  expect(contentSecurityPolicy(config.tiles_url)).not.toContain('http');
  expect(await openTiles(config)).toBeNull();
});

test.each([
  'tiles.example.org/{z}/{x}/{y}.png',
  'ftp://tiles.example.org/{z}/{x}/{y}.png',
  'https://tiles.example.org/',
  'https://{s}.tiles.example.org/{z}/{x}/{y}.png',
])('tiles at %s are refused with one sentence that says what to write', (tiles) => {
  expect(() => settingsWith(tiles)).toThrow(
    /^Invalid settings:\n {2}LIVE_TILES_URL: must be a URL such as https:\/\/tiles\.example\.org\/\{z\}\/\{x\}\/\{y\}\.png[^\n]*$/,
  );
});
