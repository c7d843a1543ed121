import {
  type FieldColor,
  FieldColorModeId,
  MappingType,
  type Threshold,
  type ThresholdsConfig,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * Orange means "no bikes", blue means "no docks": people with any common kind of colour blindness can tell them apart, on Grafana's
 * dark and light theme. Darker means more. Grey means not in service or not known. No meaning depends on red against green.
 */
export const ORANGE = '#E66100';
export const PALE_ORANGE = '#F9B268';
export const MIDDLE = '#C9C4D9';
/** Just light enough for Grafana to write on it in black (a brightness above 180): white would be hard to read. */
export const PALE_BLUE = '#8FC2F2';
export const BLUE = '#1F6FD0';
export const GREY = '#8A8A8A';
export const DARK_GREY = '#5C5C5C';
export const VIOLET = '#9D55C6';
export const PINK = '#D98BB0';
export const BROWN = '#8C5A2B';

/** Colours of single numbers and flags that are fine or need attention. An unknown value has neither: it is grey. */
export const GOOD = BLUE;
export const BAD = ORANGE;

/** Lines whose names nobody knows beforehand, the first of an order first. Each can be told from the others, also by the colour-blind. */
export const LINE_COLOURS = [BLUE, ORANGE, VIOLET, PALE_BLUE, PALE_ORANGE, GREY, PINK, BROWN] as const;

/** Runs of polls by the code of their outcome (api.feed_coverage); 0 when nobody polled. */
export function outcomeCodes(): ValueMap {
  return valueMap([
    [1, 'observed', PALE_BLUE],
    [2, 'empty list', PALE_ORANGE],
    [3, 'undecodable', GREY],
    [4, 'failed', ORANGE],
    [5, 'lost', DARK_GREY],
    [0, 'not polled', '#80808033'],
  ]);
}

export function valueMap(entries: readonly (readonly [string | number, string, string])[]): ValueMap {
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      entries.map(([value, text, color], index) => [value, { text, color, index }]),
    ),
  };
}

/** Colours by value: `[colour]` below all limits, then `[colour, from]`. */
export function thresholds(first: string, ...steps: [color: string, value: number][]): ThresholdsConfig {
  const all: Threshold[] = [
    { color: first, value: null },
    ...steps.map(([color, value]) => ({ color, value })),
  ];
  return { mode: ThresholdsMode.Absolute, steps: all };
}

/** The same colours, plus grey for a missing value: Grafana would give it the colour below all limits, which may be the one for good. */
export function greyUntilKnown({ mode, steps }: ThresholdsConfig): ThresholdsConfig {
  const known = steps.map((step) => (step.value === null ? { ...step, value: BELOW_ALL } : step));
  return { mode, steps: [{ color: GREY, value: null }, ...known] };
}

const BELOW_ALL = -1e15;

export const BY_THRESHOLDS: FieldColor = { mode: FieldColorModeId.Thresholds };

export function fixedColour(fixedColor: string): FieldColor {
  return { mode: FieldColorModeId.Fixed, fixedColor };
}
