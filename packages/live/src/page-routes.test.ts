import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPageRoutes, contentSecurityPolicy } from './page-routes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'velolog-page-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function appOn(path: string): OpenAPIHono {
  const app = new OpenAPIHono();
  addPageRoutes(app, pathToFileURL(`${path}/`), { tiles_url: null, tiles_attribution: '' });
  return app;
}

test('says how to build the page while there is none', async () => {
  const answer = await appOn(folder).request('/');
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('npm run build');
});

test('serves the page to be asked for anew and its assets to be kept for ever, and nothing beside them', async () => {
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

test('the policy lets in one more host only when its tiles were asked for', () => {
  expect(contentSecurityPolicy(null)).not.toContain('http');
  expect(contentSecurityPolicy('https://tiles.example.org/{z}/{x}/{y}.png')).toContain(
    "img-src 'self' data: blob: https://tiles.example.org; connect-src 'self' https://tiles.example.org",
  );
});
