import type { ExpressionSpecification } from 'maplibre-gl';
import type { Palette } from '../model/palette.ts';

/**
 * How a station is coloured by a number from 0 to 1 that its feature holds; below 0 it is not known and grey. What the map is coloured by is
 * one such number: another scale is another property here, and another one in the features.
 */
export type ColourScale = { of: ExpressionSpecification };

/** Bikes in all places that could be used. */
export const SHARE_OF_BIKES: ColourScale = { of: ['get', 'share'] };

/** The same of a cluster: of those of its stations that say it. */
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

/** The text on it: it takes the colour of the nearest step and never one in between, which could not be read. */
export function textOn({ of }: ColourScale, palette: Palette, unknown: string): ExpressionSpecification {
  const [none, few, half, many, all] = palette.onRamp;
  return ['step', of, unknown, 0, none, 0.125, few, 0.375, half, 0.625, many, 0.875, all];
}
