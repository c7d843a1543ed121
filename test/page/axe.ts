import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What axe rates serious or worse on the page as it is shown now, each as `rule: its elements`. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page has no frames, for which the other mode exists: that mode passes each checked node between processes.
  const { violations } = await new AxeBuilder({ page })
    .options({
      resultTypes: ['violations'],
      // Only rules that are off, or about sound and video, read what axe would load again: style sheets and media.
      preload: false,
    })
    .setLegacyMode()
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
}
