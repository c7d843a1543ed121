export type Size = { width: number; height: number };
type Padding = { top: number; right: number; bottom: number; left: number };

/** What is fitted still has to be seen: of a small map no more than so much of a side is given up. */
const SHARE_MAX = 0.45;

/**
 * How far from the edges of a map to fit what it shows, so that none of it lies under what covers the corner below on the left: to the right
 * of that or above it, whichever leaves more of the map.
 */
export function paddingBeside(covered: Size | null, map: Size, padding: number): Padding {
  const even = { top: padding, right: padding, bottom: padding, left: padding };
  if (covered === null) return even;
  const [left, bottom] = [covered.width / map.width, covered.height / map.height];
  if (Math.min(left, bottom) > SHARE_MAX) return even;
  return left <= bottom
    ? { ...even, left: Math.max(padding, covered.width) }
    : { ...even, bottom: Math.max(padding, covered.height) };
}
