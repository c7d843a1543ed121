/** A stretch of time that a request is about; both ends belong to it. */
export type Window = { from: Date; to: Date };

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
