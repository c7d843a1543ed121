/** One check of a health endpoint. It fails by throwing. The answer shows the message, so it must not contain a secret. */
export type Check = { name: string; run: (signal: AbortSignal) => Promise<void> | void };

/** `failure` is a single line, or undefined when the check passed. */
export type CheckResult = { name: string; failure: string | undefined };

const DEADLINE_MS = 2_000;
const FAILURE_LENGTH_MAX = 200;

/** Runs all checks at the same time. A check that has not answered within 2 s has failed, even if it ignores its signal. */
export async function runChecks(checks: Check[], deadlineMs = DEADLINE_MS): Promise<CheckResult[]> {
  return await Promise.all(checks.map((check) => runCheck(check, deadlineMs)));
}

async function runCheck({ name, run }: Check, deadlineMs: number): Promise<CheckResult> {
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // Reject before aborting, so that the failure says "no answer" and not what the check throws when it is aborted.
    const error = new Error(`no answer within ${deadlineMs / 1000} s`);
    late.reject(error);
    deadline.abort(error);
  }, deadlineMs);
  try {
    await Promise.race([late.promise, (async () => run(deadline.signal))()]);
    return { name, failure: undefined };
  } catch (error) {
    return { name, failure: oneLine(error) };
  } finally {
    clearTimeout(timer);
  }
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s+/g, ' ').trim().slice(0, FAILURE_LENGTH_MAX);
}
