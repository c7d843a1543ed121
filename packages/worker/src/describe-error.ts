/**
 * Returns an error as fields of a log line. For errors that can happen to a user: only the reason, with its causes. For our own bugs: the
 * whole error with its stack trace.
 */
export function describeError(error: unknown): { reason: string } | { err: unknown } {
  if (isOurMistake(error)) return { err: error };
  return { reason: [messageOf(error as Error), ...causesOf(error)].join(': ') };
}

const MISTAKES = [TypeError, ReferenceError, RangeError, SyntaxError, EvalError];

export function isOurMistake(error: unknown): boolean {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION') return true;
  // fetch and the URL parser also throw TypeErrors for failures outside this program; those have a cause or a code.
  return MISTAKES.some((type) => error instanceof type) && error.cause === undefined && !('code' in error);
}

/** The messages of an error's causes, the nearest first. Leaves out messages that a nearer one already quotes. */
export function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let told = messageOf(error as Error);
  let depth = 0;
  for (let at = (error as Error).cause; at instanceof Error && depth < 5; at = at.cause) {
    depth++;
    if (told.includes(startOf(at))) continue;
    const message = messageOf(at);
    causes.push(message);
    told += `\n${message}`;
  }
  return causes;
}

/** A message that quotes a long one usually quotes the beginning of its first line. */
const QUOTED_CHARACTERS = 200;

function startOf(error: Error): string {
  const [line = ''] = (error.message || messageOf(error)).split('\n');
  return line.trim().slice(0, QUOTED_CHARACTERS);
}

/** The message on one line. Errors of net for a host name with several addresses have a code and no message. */
export function messageOf(error: Error): string {
  const message = error.message || (error as NodeJS.ErrnoException).code || error.name;
  return message.replace(/\s*\n\s*/g, ' ');
}
