export type Size = { width: number; height: number };
type Padding = { top: number; right: number; bottom: number; left: number };

/** The content must remain visible: at most this share of a side of a small map is given up. */
const SHARE_MAX = 0.45;

/**
 * How far from the edges of a map to fit its content, so that none of it is under the thing that covers the bottom left
 * corner: to the right of that or above it, whichever leaves more of the map.
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
