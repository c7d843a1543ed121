import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findHome, type Home } from '../../home/home.ts';
import { loadCatalogue } from './catalogue-cache.ts';
import { catalogueText } from './test-catalogue.ts';

const ONE = catalogueText('NO,Fjord Bikes,Oslo,fjord,https://f.example,https://f.example/gbfs.json,3.0,,,');

let home: Home;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: IncomingMessage[];
const server = createServer((request, response) => {
  asked.push(request);
  answer(request, response);
});
const warnings: string[] = [];
const load = async () =>
  (
    await loadCatalogue(home, { warn: (line) => warnings.push(line), signal: new AbortController().signal })
  ).entries.map(({ id }) => id);

beforeEach(async () => {
  home = findHome(mkdtempSync(join(tmpdir(), 'velolog-catalogue-')));
  asked = [];
  warnings.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('CATALOGUE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/systems.csv`);
  answer = (_, response) => response.setHeader('etag', '"one"').end(ONE);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
  rmSync(home.path, { recursive: true });
});

test('the second time it is asked for with the ETag of the first, and "not modified" is enough', async () => {
  expect(await load()).toEqual(['fjord']);
  answer = (_, response) => response.writeHead(304).end();
  expect(await load()).toEqual(['fjord']);
  expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"one"']);
  expect(warnings).toEqual([]);
});

test.runIf(existsSync('/proc/self'))(
  'a home that cannot be written to costs only the copy, and is said',
  async () => {
    const writable = home;
    home = findHome('/proc/nowhere/home');
    expect(await load()).toEqual(['fjord']);
    expect(warnings).toEqual([
      expect.stringMatching(/^Cannot keep a copy of the catalogue: .*\/proc\/nowhere/),
    ]);
    home = writable;
  },
);

test.each([
  ['a page of HTML', '<!doctype html><title>404</title>', 'it is a page of HTML, not systems.csv'],
  ['nothing', '', 'it lists no system'],
  ['only its first line', catalogueText(), 'it lists no system'],
  ['another table', 'a,b\n1,2\n', 'it has no column System ID'],
])('%s in its place leaves the one that is there, and is said', async (_, text, why) => {
  await load();
  answer = (_, response) => response.end(text);
  expect(await load()).toEqual(['fjord']);
  expect(warnings).toEqual([expect.stringContaining(`does not return a catalogue: ${why}`)]);
  // It has not taken the place of the old one.
  answer = (_, response) => response.writeHead(503).end();
  expect(await load()).toEqual(['fjord']);
});

test('where it cannot be reached the one of before counts, and its age is said', async () => {
  await load();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
  expect(await load()).toEqual(['fjord']);
  expect(warnings).toEqual([
    expect.stringMatching(/^Cannot reach the catalogue at .*Using the copy from 3 days ago$/),
  ]);
});

test('without an earlier validator it is an error that says what to do', async () => {
  answer = (_, response) => response.writeHead(404).end();
  await expect(load()).rejects.toThrow(
    /Cannot reach the catalogue at .*systems.csv: http_404\. Set CATALOGUE_URL, or add a system/,
  );
});

test('one of another address is not taken for it', async () => {
  await load();
  answer = (_, response) => response.writeHead(404).end();
  vi.stubEnv('CATALOGUE_URL', `${process.env.CATALOGUE_URL}?other`);
  await expect(load()).rejects.toThrow('Cannot reach the catalogue');
});
