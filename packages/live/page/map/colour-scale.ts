import type { ExpressionSpecification } from 'maplibre-gl';
import type { Palette } from '../model/palette.ts';

/**
 * A scale colours a station by a number from 0 to 1 in its feature; below 0 means unknown, and grey. To colour the map
 * by something else, add a property here and in the features.
 */
export type ColourScale = { of: ExpressionSpecification };

/** Bikes as a share of all usable places. */
export const SHARE_OF_BIKES: ColourScale = { of: ['get', 'share'] };

/** The same for a cluster: of those of its stations that give it. */
export const SHARE_OF_CLUSTER: ColourScale = {
  of: ['case', ['>', ['get', 'places'], 0], ['/', ['get', 'bikes'], ['get', 'places']], -1],
};

export function colourBy({ of }: ColourScale, palette: Palette, stale: boolean): ExpressionSpecification {
  if (stale) return ['to-color', palette.unknown];
  const [none, few, half, many, all] = palette.ramp;
  const colours = [
    ...['interpolate', ['linear'], of],
    ...[0, none, 0.25, few, 0.5, half, 0.75, many, 1, all],
  ] as ExpressionSpecification;
  return ['case', ['<', of, 0], palette.unknown, colours];
}

/** The text colour of the nearest step, because a colour in between would be unreadable. */
export function textOn({ of }: ColourScale, palette: Palette, unknown: string): ExpressionSpecification {
  const [none, few, half, many, all] = palette.onRamp;
  return ['step', of, unknown, 0, none, 0.125, few, 0.375, half, 0.625, many, 0.875, all];
}
