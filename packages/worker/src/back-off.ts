/** How long to wait before attempt 2, 3, … when attempt 1 has failed: `first`, then twice as long each time, at most `longest`. In the unit of both. */
export function backOff(failures: number, { first, longest }: { first: number; longest: number }): number {
  return Math.min(longest, first * 2 ** (Math.max(1, failures) - 1));
}
