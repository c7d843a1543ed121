import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { startSimulator } from '@velolog/simulator/simulator';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, findChromium } from '../test/page/chromium.ts';

/**
 * Recreates the screenshots in docs/images with Chromium: the demo, after an import of eight days of history of the same simulated
 * city. Takes some minutes. Run it with `npm run screenshots`.
 */
const VELOLOG = fileURLToPath(new URL('../packages/cli/bin/velolog.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const SYSTEM = 'sim-oslo';
const DAY_MS = 86_400_000;
const HISTORY_MS = 8 * DAY_MS;
const POLL_EVERY_MS = 3 * 60_000;
/** The options with which packages/cli starts the demo's simulator. */
const DEMO = { stations: 250, vehicles: 400, everyFeed: true, ttlSeconds: 10, startHour: 8 };

const executablePath = findChromium(process.env);
if (executablePath === null) throw new Error('No Chromium found (Debian: apt-get install chromium)');
const home = mkdtempSync(join(tmpdir(), 'velolog-screenshots-'));
const stop = new AbortController();
try {
  // Start at the simulated hour at which the demo starts, so that its day matches the day here.
  const startedAtMs = Math.floor((Date.now() - HISTORY_MS) / 1000) * 1000;
  writeFileSync(join(home, 'demo.json'), JSON.stringify({ started_at: new Date(startedAtMs).toISOString() }));
  const history = join(home, 'history.ndjson.gz');
  await writeHistory(history, startedAtMs);
  const { url, ended } = await startDemo();
  await velolog('import', '--system', SYSTEM, history);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  mkdirSync(IMAGES, { recursive: true });
  await takePictures(browser, url);
  await browser.close();
  // Fewer colours halve the file size. Without pngquant the files stay as they are.
  spawnSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', ...globSync(`${IMAGES}page-*.png`)]);
  stop.abort();
  await ended;
} finally {
  stop.abort();
  rmSync(home, { recursive: true, force: true });
}

/** Writes what a recorder would have kept if it had polled since then. */
async function writeHistory(path: string, startedAtMs: number): Promise<void> {
  let nowMs = startedAtMs;
  await using simulator = await startSimulator({ ...DEMO, startedAtMs, now: () => nowMs });
  const file = createWriteStream(path);
  const lines = createGzip();
  lines.pipe(file);
  const untilMs = Date.now() - 60_000;
  for (; nowMs < untilMs; nowMs += POLL_EVERY_MS) {
    const body = await (await fetch(`${simulator.url}/${SYSTEM}/station_status.json`)).json();
    lines.write(`${JSON.stringify({ fetched_at: new Date(nowMs).toISOString(), body })}\n`);
  }
  lines.end();
  await once(file, 'close');
}

async function startDemo(): Promise<{ url: string; ended: Promise<unknown> }> {
  const demo = spawn(process.execPath, [VELOLOG, 'demo', '--home', home], {
    // Another past is imported below; the demo's own would cover the same time.
    env: { ...process.env, DEMO_PAST_DAYS: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(demo, 'exit');
  stop.signal.addEventListener('abort', () => demo.kill('SIGTERM'));
  let url = '';
  for await (const line of createInterface({ input: demo.stdout })) {
    url ||= /live page\s+(http:\S+)/.exec(line)?.[1] ?? '';
    if (/first stations/.test(line)) break;
  }
  demo.stdout.resume();
  if (url === '') throw new Error('The demo ended before it had a page');
  return { url, ended };
}

async function velolog(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [VELOLOG, ...args, '--home', home], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`velolog ${args[0]} ended with ${code}`);
}

async function takePictures(browser: Browser, url: string): Promise<void> {
  const desktop = { width: 1440, height: 900 };
  const phone = { width: 390, height: 844 };
  const yesterday = new Date(Date.now() - 0.6 * DAY_MS).toISOString().slice(0, 16);
  await picture(browser, `${url}?station=41&theme=light`, 'page-desktop', desktop);
  await picture(browser, `${url}?view=table&sort=-bikes&station=12&theme=dark`, 'page-table', desktop);
  await picture(browser, `${url}?theme=dark`, 'page-dark', desktop);
  await picture(browser, `${url}?at=${yesterday}Z&theme=light`, 'page-replay', desktop);
  await picture(browser, `${url}?theme=light`, 'page-phone', phone);
  const street = 'map=14.1/59.9190/10.7480&layers=vehicles,zones';
  await picture(browser, `${url}?${street}&theme=light`, 'page-vehicles', desktop);
  const ingest = ingestPid();
  process.kill(ingest, 'SIGSTOP');
  try {
    // The API decides when data is old, and that takes more than five minutes.
    await picture(browser, `${url}?theme=light`, 'page-stale', desktop, (page) =>
      page.getByText('This data is old.').waitFor({ timeout: 10 * 60_000 }),
    );
  } finally {
    process.kill(ingest, 'SIGCONT');
  }
}

function ingestPid(): number {
  const { stdout } = spawnSync(process.execPath, [VELOLOG, 'status', '--json', '--home', home], {
    encoding: 'utf8',
  });
  const { pids } = JSON.parse(stdout) as { pids?: Record<string, number> };
  if (pids?.ingest === undefined) throw new Error(`velolog status names no ingest: ${stdout}`);
  return pids.ingest;
}

async function picture(
  browser: Browser,
  url: string,
  name: string,
  viewport: { width: number; height: number },
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
  await page.goto(url);
  await page.getByTestId('replay').waitFor({ timeout: 120_000 });
  await prepare(page);
  // A map rendered in software is slow, and nothing tells when it is finished.
  await page.waitForTimeout(Number(process.env.SETTLE_MS ?? 15_000));
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  await page.close();
  console.log(name);
}
