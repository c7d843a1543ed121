export type Position = [lon: number, lat: number];
export type Ring = Position[];

/**
 * Cuts a polygon into pieces that lie on one side of the 180th meridian, because a map draws an edge from 180 to -180 as a band around the
 * world. A polygon that goes around a pole (Antarctica) stays as it is.
 */
export function cutAtAntimeridian(polygon: readonly Ring[]): Ring[][] {
  const rings = polygon.map(unwrapped);
  if (rings.some((ring) => ring === null)) return [[...polygon]];
  const whole = rings as Ring[];
  if (whole[0]?.every(([lon]) => Math.abs(lon) <= 180)) return [[...polygon]];
  return [-360, 0, 360]
    .map((shift) => whole.map((ring) => withinWorld(ring.map(([lon, lat]) => [lon + shift, lat]))))
    .filter(([outer]) => (outer?.length ?? 0) > 0)
    .map((pieces) => pieces.filter((ring) => ring.length > 0));
}

/** Lets longitudes continue past 180 instead of jumping. Null when the ring does not return to its first point. */
function unwrapped(ring: Ring): Ring | null {
  let turns = 0;
  const [first] = ring;
  const all = ring.map(([lon, lat], index): Position => {
    const jump = index === 0 ? 0 : lon - (ring[index - 1]?.[0] ?? lon);
    if (jump > 180) turns -= 360;
    if (jump < -180) turns += 360;
    return [lon + turns, lat];
  });
  return first !== undefined && all.at(-1)?.[0] === first[0] ? all : null;
}

/** The part of a closed ring between 180° west and 180° east, closed; empty when there is none. */
function withinWorld(ring: Ring): Ring {
  const west = clipped(ring, (lon) => lon >= -180, -180);
  const both = clipped(west, (lon) => lon <= 180, 180);
  const longitudes = new Set(both.map(([lon]) => lon));
  // A part that only touches the meridian has no area.
  return longitudes.size > 1 ? both : [];
}

/** Clips at one meridian with the Sutherland-Hodgman algorithm. */
function clipped(ring: Ring, isInside: (lon: number) => boolean, meridian: number): Ring {
  const kept: Ring = [];
  for (const [index, point] of ring.entries()) {
    const before = ring[index - 1];
    if (before !== undefined && isInside(before[0]) !== isInside(point[0])) {
      const share = (meridian - before[0]) / (point[0] - before[0]);
      kept.push([meridian, before[1] + share * (point[1] - before[1])]);
    }
    if (isInside(point[0])) kept.push(point);
  }
  const [first] = kept;
  const last = kept.at(-1);
  if (first !== undefined && (first[0] !== last?.[0] || first[1] !== last[1])) kept.push([...first]);
  return kept;
}
