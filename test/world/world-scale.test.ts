import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePage } from '@velolog/live/ensure-page';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from '../page/chromium.ts';
import { createTestDatabase, type TestDatabase } from '../servers/test-database.ts';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { CITY, fillWorld } from './fill-world.ts';

/**
 * What the page and the API do with the whole catalogue. It prints what it measures, so it has a command of its own: `npm run test:world`
 * (WORLD_PICTURES=folder keeps pictures of what was measured).
 */
const path = findChromium(process.env);
const pictures = process.env.WORLD_PICTURES;
const QUESTIONS = 5;

let database: TestDatabase;
let live: TestLive;
let browser: Browser;

describe('the whole catalogue', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillWorld(database.url);
    live = await startTestLive(database.readerUrl);
    if (path === null) return;
    await ensurePage();
    browser = await chromium.launch({ executablePath: path, args: CHROMIUM_ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await live?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  test.each([
    ['all systems, the data of the world map', '/systems', 200],
    ['stations of a city of ten systems', `/stations?bbox=10.6,59.8,10.95,60.1&limit=5000`, 200],
    ['vehicles of that city, too many to list', `/vehicles?bbox=10.6,59.8,10.95,60.1&limit=10000`, 400],
    ['stations of a country', '/stations?bbox=5,45,15,55', 400],
    ['stations of the world', '/stations?bbox=-180,-90,180,90', 200],
    ['the ten nearest stations', `/stations/nearest?lat=${CITY.lat + 0.05}&lon=${CITY.lon + 0.05}`, 100],
    ['the nearest where nothing is', '/stations/nearest?lat=-80&lon=0', 100],
  ])('%s', async (what, question, barMs) => {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < QUESTIONS; round++) {
      const startedAt = performance.now();
      const answer = await live.get(question);
      bytes = (await answer.text()).length;
      times.push(performance.now() - startedAt);
      expect(answer.status).toBe(200);
    }
    const median = times.sort((left, right) => left - right)[Math.floor(QUESTIONS / 2)] ?? 0;
    console.log(`${what}: ${median.toFixed(0)} ms (bar ${barMs}), ${(bytes / 1024).toFixed(0)} kB`);
  });

  test.skipIf(path === null || pictures === undefined)('pictures of it', async () => {
    const page = await browser.newPage({ reducedMotion: 'reduce' });
    mkdirSync(pictures as string, { recursive: true });
    for (const [name, , search] of VIEWS) {
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await page.goto(`${live.url}/${search}`);
        await page.waitForTimeout(SETTLE_MS);
        await page.screenshot({ path: join(pictures as string, `${name}-${width}.png`) });
      }
    }
    await page.close();
  });

  test.skipIf(path === null)(
    'frames a second while somebody drags the map',
    async () => {
      const size = { viewport: { width: 1000, height: 640 }, reducedMotion: 'reduce' } as const;
      const steady = await browser.newPage(size);
      const whole = await browser.newPage(size);
      await whole.addInitScript(NEVER_SLOW);
      for (const [what, search] of [BARE, ...VIEWS.map(([, what, search]) => [what, search] as const)]) {
        const told: string[] = [];
        for (const page of [whole, steady]) {
          page.setDefaultTimeout(FRAMES_TIMEOUT_MS);
          await page.goto(`${live.url}/${search}`);
          const { frames, pixels } = await framesASecond(page);
          told.push(`${frames.toFixed(1)} frames a second with ${Math.round(100 * pixels)} % of the pixels`);
          const note = page.getByTestId('place-note');
          if (page === steady && (await note.count()) > 0) told.push(`"${await note.innerText()}"`);
          // A map that nobody sees is drawn no longer.
          await page.goto('about:blank');
        }
        console.log(`${what} (bar 30): ${told.join('; ')}`);
      }
    },
    FRAMES_TIMEOUT_MS,
  );
});

const PLACE = `${CITY.lat + 0.05}/${CITY.lon + 0.08}`;
/** The map measures its frames by the times that the browser gives them: one that is told of none slower keeps all its pixels. */
const NEVER_SLOW = `{
  const request = requestAnimationFrame;
  globalThis.requestAnimationFrame = (draw) => request((atMs) => draw(atMs / 1000));
}`;
const BARE = ['a map of the sea alone', '?map=6/-60/-120'] as const;
const VIEWS: [name: string, what: string, search: string][] = [
  ['world', 'the world, 1,520 systems', ''],
  ['place', 'a city, 1,500 stations and clusters of 27,000 vehicles', `?map=12/${PLACE}`],
  ['street', 'a quarter of it, each by itself', `?map=14.5/${PLACE}`],
  ['fleet', 'one system with 20,000 vehicles', `?system=world-1&map=12/${PLACE}`],
];
const SIZES = [
  [1400, 900],
  [900, 800],
  [390, 844],
] as const;
const SETTLE_MS = 6_000;
const DRAG_STEPS = 90;
const FRAMES_TIMEOUT_MS = 1_200_000;

/** As it is once the map has learned how fast it is drawn here: in the second drag. */
async function framesASecond(page: Page): Promise<{ frames: number; pixels: number }> {
  const map = page.locator('[data-testid=map] canvas');
  await map.waitFor();
  await page.waitForTimeout(SETTLE_MS);
  const box = await map.boundingBox();
  if (box === null) throw new TypeError('there is no map');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const drag = async () => {
    for (let step = 1; step <= DRAG_STEPS; step++)
      await page.mouse.move(x + 120 * Math.sin(step / 9), y + 60 * Math.cos(step / 9));
  };
  await page.mouse.move(x, y);
  await page.mouse.down();
  await drag();
  await page.evaluate(`{
    globalThis.frames = 0;
    globalThis.countedFrom = performance.now();
    const count = () => { frames++; requestAnimationFrame(count); };
    requestAnimationFrame(count);
  }`);
  await drag();
  const frames = Number(await page.evaluate('frames / (performance.now() - countedFrom) * 1000'));
  const drawn = Number(await map.evaluate((canvas) => (canvas as unknown as { width: number }).width));
  await page.mouse.up();
  return { frames, pixels: (drawn / box.width) ** 2 };
}
