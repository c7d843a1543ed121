import { ensurePage } from '@velolog/live/ensure-page';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { openTestStore, type TestStore } from '../workers/test-store.ts';
import { openPageBrowser } from './page-browser.ts';

export type PageOnStore = AsyncDisposable & {
  store: TestStore;
  live: TestLive;
  context: BrowserContext;
  page: Page;
};

/** An open page of a store that a test has filled: every moment of it is known. */
export async function openPageOnStore(
  record: (store: TestStore) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<PageOnStore> {
  const stack = new AsyncDisposableStack();
  try {
    const store = stack.use(await openTestStore());
    await record(store);
    await ensurePage();
    const live = stack.use(await startTestLive(store.readerUrl));
    const context = await openPageBrowser(options);
    stack.defer(async () => context.browser()?.close());
    const page = await context.newPage();
    const owned = stack.move();
    return { store, live, context, page, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
