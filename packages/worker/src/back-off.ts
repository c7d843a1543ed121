/** Wait before the next attempt after this many failures: `first`, then twice as long each time, at most `longest`. In the unit of both. */
export function backOff(failures: number, { first, longest }: { first: number; longest: number }): number {
  return Math.min(longest, first * 2 ** (Math.max(1, failures) - 1));
}
