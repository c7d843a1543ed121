const KEPT_AS = 'velolog-reloaded-for';

/**
 * Called when a file of the page could not be fetched. If the server has another version of the page by now, this one's
 * files are gone, and the page is reloaded: once per version, so that a file that is missing for another reason causes
 * no loop.
 *
 * @returns false when reloading would not help
 */
export async function reloadAfterUpgrade(): Promise<boolean> {
  try {
    const now = scriptIn(await (await fetch('/', { cache: 'no-store' })).text());
    const own =
      document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src') ?? null;
    if (now === null || now === own || sessionStorage.getItem(KEPT_AS) === now) return false;
    sessionStorage.setItem(KEPT_AS, now);
    location.reload();
    return true;
  } catch {
    // The server is away, or storage is forbidden, without which nothing would stop a loop.
    return false;
  }
}

function scriptIn(html: string): string | null {
  return /<script type="module" src="([^"]+)"/.exec(html)?.[1] ?? null;
}
