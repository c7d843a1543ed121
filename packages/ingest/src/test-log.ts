import type { Log } from './log.ts';

const nothing = (): void => {};

/** For tests that check what happens, not what is logged. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
