import type { Page } from 'playwright-core';

/** Whether the page is live, and how old its data is. */
export function pill(page: Page): Promise<string> {
  return page.getByTestId('freshness').innerText();
}

/** The text of the banner; empty when there is none. */
export function banner(page: Page): Promise<string> {
  return page
    .getByTestId('banner')
    .innerText({ timeout: 500 })
    .catch(() => '');
}

/** The table's rows as `id bikes docks`. */
export function tableRows(page: Page): Promise<string[]> {
  return page.locator('tr[data-station]').evaluateAll((rows) =>
    rows.map((row) => {
      const cell = (name: string) => row.querySelector(`[data-cell=${name}]`)?.textContent ?? '';
      return `${row.getAttribute('data-station')} ${cell('bikes')} ${cell('docks')}`;
    }),
  );
}

/** The list beside the map of the world, as `id: note`. */
export function listLines(page: Page, of: 'system' | 'operator'): Promise<string[]> {
  return page
    .locator(`[data-${of}]`)
    .evaluateAll(
      (found, name) =>
        found.map(
          (line) => `${line.getAttribute(`data-${name}`)}: ${line.querySelector('.line-note')?.textContent}`,
        ),
      of,
    );
}
