import type { Page } from 'playwright-core';

/** What the page shows for a moment only is noted in the browser, as it comes. */

/** Notes from now on when a cell of bikes in the table changes. */
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

/** Each with the browser's clock in ms, the station_id, and the bikes that the cell says since then. */
export function notedCells(page: Page): Promise<[atMs: number, station: string, bikes: string][]> {
  return page.evaluate('notedCells');
}

/** Notes from now on the times of the changes that the ticker shows, from which newer ones push out the older. */
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
