import type { ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { BLUE, GREY, MIDDLE, ORANGE, valueMap } from './colours.ts';

/**
 * Every state that a panel can show of a station: the one place where states have a text, a colour and a number. The numbers are for panels
 * that draw numbers only; `unseen` comes first, so that at a time at which one state ends and another begins the other wins.
 */
export const STATES = {
  unseen: { code: 0, text: 'not observed', colour: '#80808033' },
  ok: { code: 1, text: 'ok', colour: MIDDLE },
  empty: { code: 2, text: 'empty', colour: ORANGE },
  full: { code: 3, text: 'full', colour: BLUE },
  closed: { code: 4, text: 'closed', colour: GREY },
  unknown: { code: 5, text: 'not known', colour: '#B877D9' },
  absent: { code: 6, text: 'not listed', colour: '#5C5C5C' },
} as const;

const entries = Object.entries(STATES);

/** The states as text. */
export const stateMapping = (): ValueMap =>
  valueMap(entries.map(([state, { text, colour }]) => [state, text, colour]));

/** The same where the colour is that of a word or a point, which has to be seen: unobserved time is almost clear in a timeline. */
export const stateWordMapping = (): ValueMap =>
  valueMap(entries.map(([state, { text, colour }]) => [state, text, state === 'unseen' ? UNSEEN : colour]));

export const UNSEEN = '#A89F8D';

/** The states by their numbers. */
export const stateCodeMapping = (): ValueMap =>
  valueMap(entries.map(([, { code, text, colour }]) => [code, text, colour]));

/** The number of a state, as SQL. @param state SQL text; null stands for a time that was not observed */
export const stateCode = (state: string): string =>
  `case ${state} ${entries.map(([name, { code }]) => `when '${name}' then ${code}`).join(' ')} else 0 end`;

/** Of which stations a share is empty or full: those in service of which anything is known. Columns of api.station_current. */
export const IN_SERVICE = "state in ('ok', 'empty', 'full')";
