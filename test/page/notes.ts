import type { Page } from 'playwright-core';

/** What the page shows only for a moment is recorded in the browser as it appears. */

/** From now on records each change of a bikes cell in the table. */
export async function noteTable(page: Page): Promise<void> {
  await page.evaluate(`{
    globalThis.notedCells = [];
    new MutationObserver((records) => {
      for (const { target } of records) {
        const cell = target.parentElement?.closest('[data-cell=bikes]');
        const station = cell?.closest('tr')?.getAttribute('data-station');
        if (cell && station) notedCells.push([Date.now(), station, cell.textContent]);
      }
    }).observe(document.querySelector('tbody'), { characterData: true, subtree: true });
  }`);
}

/** Each with the browser's clock in ms, the station_id, and the bikes in the cell since then. */
export function notedCells(page: Page): Promise<[atMs: number, station: string, bikes: string][]> {
  return page.evaluate('notedCells');
}

/** From now on records the times of the changes that the ticker shows, because newer ones push out older ones. */
export async function noteTicker(page: Page): Promise<void> {
  await page.evaluate(`{
    const note = () => {
      for (const time of document.querySelectorAll('.ticker time')) notedTimes.add(time.dateTime);
    };
    globalThis.notedTimes = new Set();
    note();
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true });
  }`);
}

/** RFC 3339. */
export function notedTimes(page: Page): Promise<string[]> {
  return page.evaluate('[...notedTimes]');
}
