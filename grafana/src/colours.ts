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
 * Orange is "no bikes", blue is "no docks": the pair that all common kinds of colour blindness keep apart, on Grafana's
 * dark and light theme. Dark is more of it. Grey is not in service or not known. No meaning rests on red against green.
 */
export const ORANGE = '#E66100';
export const PALE_ORANGE = '#F9B268';
export const MIDDLE = '#C9C4D9';
export const PALE_BLUE = '#7FB5EA';
export const BLUE = '#1F6FD0';
export const GREY = '#8A8A8A';
export const DARK_GREY = '#5C5C5C';

/** Well, and to be looked at: single numbers and flags. */
export const GOOD = BLUE;
export const BAD = ORANGE;

export const STATE_COLOURS = {
  ok: MIDDLE,
  empty: ORANGE,
  full: BLUE,
  closed: GREY,
  absent: DARK_GREY,
  unseen: 'transparent',
} as const;

/** The states of a station, as text. */
export function stateMapping(): ValueMap {
  return valueMap([
    ['ok', 'ok', STATE_COLOURS.ok],
    ['empty', 'empty', STATE_COLOURS.empty],
    ['full', 'full', STATE_COLOURS.full],
    ['closed', 'closed', STATE_COLOURS.closed],
    ['absent', 'not listed', STATE_COLOURS.absent],
    ['unseen', 'not observed', STATE_COLOURS.unseen],
  ]);
}

/** Where only numbers can be drawn: the outages by these codes, 0 (nothing drawn, nothing said) where there is none. */
export function outageMapping(): ValueMap {
  return valueMap([
    [1, 'empty', STATE_COLOURS.empty],
    [2, 'full', STATE_COLOURS.full],
    [3, 'closed', STATE_COLOURS.closed],
    [0, ' ', 'transparent'],
  ]);
}

/** Runs of polls by their outcome: api.feed_coverage. */
export function outcomeMapping(): ValueMap {
  return valueMap([
    ['observed', 'observed', PALE_BLUE],
    ['empty', 'empty list', PALE_ORANGE],
    ['undecodable', 'undecodable', GREY],
    ['failed', 'failed', ORANGE],
    ['lost', 'lost', DARK_GREY],
  ]);
}

/** The same by the code of the outcome, 0 where nobody polled. */
export function outcomeCodes(): ValueMap {
  return valueMap([
    [1, 'observed', PALE_BLUE],
    [2, 'empty list', PALE_ORANGE],
    [3, 'undecodable', GREY],
    [4, 'failed', ORANGE],
    [5, 'lost', DARK_GREY],
    [0, 'not polled', 'transparent'],
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

export const BY_THRESHOLDS: FieldColor = { mode: FieldColorModeId.Thresholds };

export function fixedColour(fixedColor: string): FieldColor {
  return { mode: FieldColorModeId.Fixed, fixedColor };
}
