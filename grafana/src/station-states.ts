import type { ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE, GREY, MIDDLE, ORANGE, VIOLET, valueMap } from './colours.ts';

/**
 * Every state of a station that a panel can show. Only this file defines their texts, colours and numbers. The numbers are for panels that can
 * draw only numbers. `unseen` is the smallest, so that it loses when it ends or begins at the same time as another state.
 */
export const STATES = {
  unseen: { code: 0, text: 'not observed', colour: '#80808033' },
  ok: { code: 1, text: 'ok', colour: MIDDLE },
  empty: { code: 2, text: 'empty', colour: ORANGE },
  full: { code: 3, text: 'full', colour: BLUE },
  closed: { code: 4, text: 'closed', colour: GREY },
  unknown: { code: 5, text: 'not known', colour: VIOLET },
  absent: { code: 6, text: 'not listed', colour: '#5C5C5C' },
} as const;

const entries = Object.entries(STATES);

/** The states as text. */
export const stateMapping = (): ValueMap =>
  valueMap(entries.map(([state, { text, colour }]) => [state, text, colour]));

/** The same for the colour of a word or a point, which must be visible: in a timeline, unobserved time is almost transparent. */
export const stateWordMapping = (): ValueMap =>
  valueMap(entries.map(([state, { text, colour }]) => [state, text, state === 'unseen' ? UNSEEN : colour]));

export const UNSEEN = '#857A5E';

/** The states by their numbers. */
export const stateCodeMapping = (): ValueMap =>
  valueMap(entries.map(([, { code, text, colour }]) => [code, text, colour]));

/** The number of a state, as SQL. @param state SQL text; null means a time that was not observed */
export const stateCode = (state: string): string =>
  `case ${state} ${entries.map(([name, { code }]) => `when '${name}' then ${code}`).join(' ')} else 0 end`;

/** The stations that count for the shares of empty and full ones: those in service with known counts. Columns of api.station_current. */
export const IN_SERVICE = "state in ('ok', 'empty', 'full')";
