/** A user who glances at another tab finds this one unchanged. */
const GRACE_MS = 5_000;

/** Resolves when the page is visible. */
export function untilShown(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (document.hidden && !signal.aborted) return;
    document.removeEventListener('visibilitychange', look);
    resolve();
  };
  document.addEventListener('visibilitychange', look);
  signal.addEventListener('abort', look, { once: true });
  look();
  return promise;
}

/** Aborts when the page has been hidden for some seconds, or with `signal`. */
export function whileShown(signal: AbortSignal): AbortSignal {
  const hidden = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => hidden.abort(), GRACE_MS);
  };
  document.addEventListener('visibilitychange', look, { signal });
  hidden.signal.addEventListener('abort', () => document.removeEventListener('visibilitychange', look));
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  look();
  return AbortSignal.any([signal, hidden.signal]);
}
