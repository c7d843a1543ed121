/**
 * A line of a log: `event` is a code that programs look for, the other fields say what it is about. Where a person has to know more, or to do
 * something, a sentence follows.
 */
export type LogLine = { event: string; [detail: string]: unknown };

export type Log = Record<
  'debug' | 'info' | 'warn' | 'error' | 'fatal',
  (line: LogLine, sentence?: string) => void
>;
