const FIRST_WAIT_MAX_MS = 3_000;
const WAIT_MS = 2_000;
const WAIT_MAX_MS = 60_000;

/**
 * Fetches names and positions again when the stream says that they have changed. It waits first, because all pages get
 * the event at the same moment, and then longer and longer while the answer is still the old one, which a cache or a
 * second server in between can cause.
 *
 * @param version of the names that the page has
 * @param refetch returns the version of what it has fetched
 * @returns a function to call with each version that the stream names
 */
export function keepNames(
  version: string,
  refetch: () => Promise<string>,
  signal: AbortSignal,
  random: () => number = Math.random,
): (version: string) => void {
  let held = version;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  signal.addEventListener('abort', () => clearTimeout(timer ?? undefined), { once: true });
  const fetchNow = async () => {
    try {
      held = await refetch();
    } catch {
      // The next health event triggers another request, after a longer wait.
    }
    timer = null;
  };
  return (wanted) => {
    if (wanted === held) tries = 0;
    else if (timer === null && !signal.aborted) timer = setTimeout(fetchNow, waitMs(tries++, random));
  };
}

/** All pages get the event at the same moment: the first wait is random within three seconds, the next ones grow. */
export function waitMs(tries: number, random: () => number): number {
  if (tries === 0) return FIRST_WAIT_MAX_MS * random();
  return Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** tries) * (0.75 + random() / 2);
}
