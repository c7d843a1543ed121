/**
 * An error as the fields of a log line: the reason alone, with its causes, for what can happen to a user; the whole
 * error with its stack trace for our own mistakes.
 */
export function describeError(error: unknown): { reason: string } | { err: unknown } {
  if (isOurMistake(error)) return { err: error };
  return { reason: [messageOf(error as Error), ...causesOf(error)].join(': ') };
}

const MISTAKES = [TypeError, ReferenceError, RangeError, SyntaxError, EvalError];

export function isOurMistake(error: unknown): boolean {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code === 'ERR_ASSERTION') return true;
  // fetch and the URL parser throw TypeErrors for failures outside this program; those carry a cause or a code.
  return MISTAKES.some((type) => error instanceof type) && error.cause === undefined && !('code' in error);
}

/** The messages of what an error was caused by, the nearest first, without those that a nearer one quotes. */
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

/** Who quotes a long message quotes its first line, or the beginning of that. */
const QUOTED_CHARACTERS = 200;

function startOf(error: Error): string {
  const [line = ''] = (error.message || messageOf(error)).split('\n');
  return line.trim().slice(0, QUOTED_CHARACTERS);
}

/** One line. What net throws for a name with several addresses has a code and no message. */
export function messageOf(error: Error): string {
  const message = error.message || (error as NodeJS.ErrnoException).code || error.name;
  return message.replace(/\s*\n\s*/g, ' ');
}
