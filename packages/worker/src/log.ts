/**
 * A log line. `event` is a code for programs to search for; the other fields give details. When a person needs to know more or must act,
 * a sentence follows.
 */
export type LogLine = { event: string; [detail: string]: unknown };

export type Log = Record<
  'debug' | 'info' | 'warn' | 'error' | 'fatal',
  (line: LogLine, sentence?: string) => void
>;
