import { SingleBar } from 'cli-progress';

/** A bar for a person who waits, on stderr; it leaves nothing behind. Only a terminal can show it. */
export function progressBar(format: string): SingleBar {
  return new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true });
}
