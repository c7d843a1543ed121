/** In screen pixels. */
export type Box = { left: number; top: number; right: number; bottom: number };

/** The part of a map that nothing covers: beside each thing over it, on the side that leaves the most. */
export function uncovered(map: Box, over: readonly Box[]): Box {
  return over.reduce(beside, map);
}

export function contains(
  { left, top, right, bottom }: Box,
  [x, y]: [number, number],
  margin: number,
): boolean {
  return x >= left + margin && x <= right - margin && y >= top + margin && y <= bottom - margin;
}

export function middle({ left, top, right, bottom }: Box): [number, number] {
  return [(left + right) / 2, (top + bottom) / 2];
}

function beside(free: Box, thing: Box): Box {
  const apart =
    thing.left >= free.right ||
    thing.right <= free.left ||
    thing.top >= free.bottom ||
    thing.bottom <= free.top;
  if (apart) return free;
  const sides: Box[] = [
    { ...free, right: thing.left },
    { ...free, left: thing.right },
    { ...free, bottom: thing.top },
    { ...free, top: thing.bottom },
  ];
  return sides.reduce((best, side) => (area(side) > area(best) ? side : best));
}

function area({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
