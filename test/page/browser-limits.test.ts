import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { now, tellBikes, tellCity } from '../history/told-world.ts';
import { seriousFindings } from './axe.ts';
import { notedCells, noteTable } from './notes.ts';
import { chromiumPath, needChromium, noteComplaints, patient } from './page-browser.ts';
import { openPageOnStore, type PageOnStore } from './page-on-store.ts';
import { pill, tableRows } from './shown.ts';

/** What a browser lacks or limits: six connections to one server, and WebGL. */

const STATIONS = 12;

let given: PageOnStore;
let second = now();
const complaints: string[] = [];

beforeAll(async () => {
  if (chromiumPath === null) return;
  given = await openPageOnStore((store) =>
    tellCity(store, ['city', 'City Bikes'], [59.911, 10.74], STATIONS, { second }),
  );
});
afterAll(() => given?.[Symbol.asyncDispose]());

needChromium();

async function openTab(): Promise<Page> {
  const tab = await given.context.newPage();
  noteComplaints(tab, (text) => complaints.push(text));
  return tab;
}

async function openTable(): Promise<Page> {
  const tab = await openTab();
  await tab.goto(`${given.live.url}/?system=city&view=table`);
  return tab;
}

/** A poll in which every station has another number of bikes than before. */
async function publishNews(): Promise<void> {
  second += 1;
  await tellBikes(given.store, 'city', Array(STATIONS).fill(second % 2 === 0 ? 3 : 5), { second });
}

async function expectNewsIn(tabs: Page[]): Promise<void> {
  for (const tab of tabs) await noteTable(tab);
  await publishNews();
  for (const tab of tabs)
    await expect.poll(async () => (await notedCells(tab)).length, patient).toBeGreaterThanOrEqual(STATIONS);
}

/** Chromium without a screen takes each tab for seen: what is told of it is set by hand. */
const setHidden = (tab: Page, hidden: boolean) =>
  tab.evaluate(`{
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);

test('seven tabs share one connection, keep it when the tab that opened it is closed, and close it when all are hidden', async () => {
  const streams = () => given.live.metric('velolog_live_event_clients');
  const tabs: Page[] = [];
  while (tabs.length < 7) tabs.push(await openTable());
  for (const tab of tabs) await expect.poll(() => pill(tab), patient).toMatch(/^Live/);
  await expect.poll(streams, patient).toBe(1);
  await expectNewsIn(tabs);
  await tabs.shift()?.close();
  await expectNewsIn(tabs);
  await expect.poll(streams, patient).toBe(1);
  for (const tab of tabs) await expect.poll(() => pill(tab), patient).toMatch(/^Live/);
  for (const tab of tabs) await setHidden(tab, true);
  await expect.poll(streams, patient).toBe(0);
  for (const tab of tabs) await setHidden(tab, false);
  await expectNewsIn(tabs);
  await expect.poll(streams, patient).toBe(1);
  for (const tab of tabs) await tab.close();
});

test('without WebGL the page shows the table and says why', async () => {
  const plain = await openTab();
  await plain.addInitScript(() => {
    const { HTMLCanvasElement } = globalThis as unknown as {
      HTMLCanvasElement: { prototype: { getContext(kind: string, ...more: unknown[]): unknown } };
    };
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
      return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...more);
    };
  });
  await plain.goto(`${given.live.url}/`);
  await expect.poll(async () => (await tableRows(plain)).length, patient).toBe(STATIONS);
  expect(await seriousFindings(plain)).toEqual([]);
  expect(await plain.getByTestId('no-webgl').innerText()).toMatch(/needs WebGL.*table/);
  await plain.close();
});

test('nothing of this made the browser complain', () => {
  expect(complaints).toEqual([]);
});
