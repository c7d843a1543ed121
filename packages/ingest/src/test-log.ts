import type { Log } from './log.ts';

const nothing = (): void => {};

/** For tests that look at what happens, not at what is told of it. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
